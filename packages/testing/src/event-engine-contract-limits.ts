import {
  type AppendRequest,
  type Condition,
  LIMITS,
  type NewEvent,
  type StreamName,
} from '@tidemark/core';
import { expect } from 'vitest';
import { appendOf, newEvent, newEvents } from './event-builders.ts';
import {
  commitOne,
  type EventEngineCase,
  readWhole,
  readWholeLog,
  store,
} from './event-engine-contract-case.ts';

/** One for each limit that a request can break. */
const BROKEN_LIMITS = {
  'no events': () => appendOf([]),
  'too many events': () => appendOf(newEvents('door-1', LIMITS.eventsPerAppend + 1)),
  'too many conditions': () => under(...holding(LIMITS.conditionsPerAppend + 1)),
  'a stream name without a category': () => appendOf([newEvent('door' as StreamName)]),
  'a stream name that is too long': () => appendOf([newEvent(nameOf(LIMITS.streamNameLength + 1))]),
  'a condition on what is no stream name': () =>
    under({ stream: 'door' as StreamName, revision: 'none' }),
  'an empty type': () => one({ type: '' }),
  'a type that is too long': () => one({ type: 'x'.repeat(LIMITS.typeLength + 1) }),
  'an empty id': () => one({ id: '' }),
  'an id that is too long': () => one({ id: 'x'.repeat(LIMITS.idLength + 1) }),
  'a condition that looks behind a position below 0': () =>
    under({ nothingMatches: [{}], after: -1n }),
  'schema 0': () => one({ schema: 0 }),
  'a schema between two numbers': () => one({ schema: 1.5 }),
  'a schema that is too high': () => one({ schema: LIMITS.schema + 1 }),
  'too many tags': () => one({ tags: tagsOf(LIMITS.tagsPerEvent + 1) }),
  'an empty tag': () => one({ tags: [''] }),
  'a tag that is too long': () => one({ tags: ['x'.repeat(LIMITS.tagLength + 1)] }),
  'data that is too long': () => one({ data: dataOf(LIMITS.dataLength + 1) }),
  'data that is not JSON': () => one({ data: { n: 1n } }),
  'an empty command id': () => command({ commandId: '' }),
  'a command id that is too long': () => command({ commandId: 'x'.repeat(LIMITS.idLength + 1) }),
  'a fingerprint that is too long': () =>
    command({ commandId: 'command-1', fingerprint: 'x'.repeat(LIMITS.idLength + 1) }),
  'a NUL in a stream name': () => appendOf([newEvent('door-a\0b')]),
  'half a character in a type': () => one({ type: 'Opened\ud800' }),
  'a NUL in a tag': () => one({ tags: ['a\0b'] }),
  'a control character in an id': () => one({ id: 'a\u001fb' }),
  'a control character in a tag': () => one({ tags: ['a\u001fb'] }),
  'a NUL in a command id': () => command({ commandId: 'a\0b' }),
  'a NUL in a query': () => under({ nothingMatches: [{ tags: ['a\0b'] }], after: 0n }),
} as const satisfies Readonly<Record<string, () => AppendRequest>>;

/** What a request can do too much of. */
export type BrokenLimit = keyof typeof BROKEN_LIMITS;

/** Name of the case that asks for this refusal. */
export const refusalOf = (what: BrokenLimit) =>
  `${what}: refused with EVENT_INVALID, and nothing of the batch is stored` as const;

const refusalCases = Object.entries(BROKEN_LIMITS).map(
  ([what, request]): EventEngineCase => ({
    name: refusalOf(what as BrokenLimit),
    run: async ({ engine }) => {
      const batch = [appendOf([newEvent('door-9')]), request()];
      await expect(engine.commit(batch)).rejects.toMatchObject({ code: 'EVENT_INVALID' });
      expect(await engine.head()).toBe(0n);
      expect(await readWhole(engine, 'door-9')).toEqual([]);
      await store(engine, appendOf([newEvent('door-9')], [{ stream: 'door-9', revision: 'none' }]));
    },
  }),
);

const keptCases: readonly EventEngineCase[] = [
  {
    name: 'an event at every limit comes back whole',
    run: async ({ engine }) => {
      const event = newEvent(nameOf(LIMITS.streamNameLength), {
        id: 'i'.repeat(LIMITS.idLength),
        type: 'T'.repeat(LIMITS.typeLength),
        schema: LIMITS.schema,
        data: dataOf(LIMITS.dataLength),
        tags: tagsOf(LIMITS.tagsPerEvent),
      });
      const ids = {
        commandId: 'c'.repeat(LIMITS.idLength),
        fingerprint: 'f'.repeat(LIMITS.idLength),
      };
      const receipt = await store(engine, appendOf([event], [], ids));
      expect(await readWhole(engine, event.stream)).toMatchObject([event]);
      expect(await engine.findCommand(ids.commandId)).toEqual(receipt);
    },
  },
  {
    name: 'tags at their limit are all found',
    capability: 'queries',
    run: async ({ engine }) => {
      const tags = tagsOf(LIMITS.tagsPerEvent);
      await store(engine, appendOf([newEvent('door-1', { tags })]));
      for (const tag of tags) {
        const nothingMatches = [{ tags: [tag] }];
        const result = await commitOne(engine, under({ nothingMatches, after: 0n }));
        expect(result).toMatchObject({ kind: 'conflict', actual: 1n });
      }
    },
  },
  {
    name: 'as many events and conditions as an append may hold are stored, and each condition is checked',
    run: async ({ engine }) => {
      const events = newEvents('door-1', LIMITS.eventsPerAppend);
      const conditions = holding(LIMITS.conditionsPerAppend);
      await store(engine, appendOf(events, conditions));
      expect(await readWholeLog(engine)).toHaveLength(LIMITS.eventsPerAppend);
      const broken = { stream: 'door-1', revision: 'none' } as const;
      const last = [...conditions.slice(1), broken];
      expect(await commitOne(engine, under(...last))).toEqual({
        kind: 'conflict',
        condition: broken,
        actual: LIMITS.eventsPerAppend - 1,
      });
    },
  },
];

function one(parts: Partial<NewEvent>): AppendRequest {
  return appendOf([newEvent('door-1', parts)]);
}

function under(...conditions: readonly Condition[]): AppendRequest {
  return appendOf([newEvent('door-2')], conditions);
}

function command(parts: Pick<AppendRequest, 'commandId' | 'fingerprint'>): AppendRequest {
  return appendOf([newEvent('door-1')], [], parts);
}

function nameOf(length: number): StreamName {
  return `door-${'x'.repeat(length - 'door-'.length)}`;
}

function tagsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `tag:${n}:`.padEnd(LIMITS.tagLength, 'x'));
}

/** Data that is that long as JSON. */
function dataOf(length: number): { readonly text: string } {
  return { text: 'x'.repeat(length - JSON.stringify({ text: '' }).length) };
}

/** Conditions that hold in an empty store. */
function holding(count: number): readonly Condition[] {
  return Array.from({ length: count }, (_, n) => ({ stream: `none-${n}`, revision: 'none' }));
}

/** What is too much, and what is not yet. */
export const limitCases: readonly EventEngineCase[] = [...refusalCases, ...keptCases];
