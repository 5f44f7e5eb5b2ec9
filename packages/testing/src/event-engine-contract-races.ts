import type {
  AppendRequest,
  AppendResult,
  Query,
  QueryAlternative,
  Recorded,
  StreamName,
} from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import { expect } from 'vitest';
import { appendOf, newEvent, newEvents } from './event-builders.ts';
import {
  type EventEngineCase,
  type EventEngineSubject,
  readWhole,
  readWholeLog,
  required,
  store,
} from './event-engine-contract-case.ts';

const CALLERS = 64;
const WRITERS_APPENDS = 40;

/** Name of the case in which a reader asks by that part of a query. */
export const missesNothing = (part: keyof QueryAlternative) =>
  `a reader who asks for some ${part} beside two writers misses nothing` as const;

const stormCases: readonly EventEngineCase[] = [
  {
    name: 'of 64 callers that write one revision at the same time one is accepted, and the others are told',
    run: async (subject) => {
      const condition = { stream: 'door-1', revision: 'none' } as const;
      const results = await appendAtOnce(subject, () =>
        appendOf([newEvent('door-1')], [condition]),
      );
      expect(countOf(results, 'appended')).toBe(1);
      for (const result of results) {
        if (result.kind === 'appended') continue;
        expect(result).toEqual({ kind: 'conflict', condition, actual: 0 });
      }
      expect(await subject.engine.head()).toBe(1n);
    },
  },
  {
    name: 'of 64 callers that take one tag at the same time one gets it, whatever stream they write',
    capability: 'queries',
    run: async (subject) => {
      const nothingMatches = [{ tags: ['seat:4A'] }];
      const results = await appendAtOnce(subject, (n) =>
        appendOf(
          [newEvent(`booking-${n}`, { tags: ['seat:4A'] })],
          [{ nothingMatches, after: 0n }],
        ),
      );
      expect(countOf(results, 'appended')).toBe(1);
      expect(countOf(results, 'conflict')).toBe(CALLERS - 1);
      expect(await readWholeLog(subject.engine, { query: nothingMatches })).toHaveLength(1);
    },
  },
  {
    name: 'of 64 callers with one command id one is carried out, and all have its answer',
    run: async (subject) => {
      const results = await appendAtOnce(subject, (n) =>
        appendOf(newEvents(`door-${n}`, 2), [], { commandId: 'command-1' }),
      );
      const [first] = results.filter(({ kind }) => kind === 'appended');
      const { kind: _, ...receipt } = first as Extract<AppendResult, { kind: 'appended' }>;
      for (const result of results) {
        if (result === first) continue;
        expect(result).toEqual({ kind: 'duplicate', first: receipt });
      }
      expect(await readWholeLog(subject.engine)).toHaveLength(2);
    },
  },
  {
    name: 'of 64 callers who look at a stream that others write, none writes beside what it has not seen',
    run: async (subject) => {
      const results = await appendAtOnce(subject, (n) =>
        appendOf(
          [newEvent(`side-${n % 2}`)],
          [{ stream: `side-${1 - (n % 2)}`, revision: 'none' }],
        ),
      );
      const [first] = await readWholeLog(subject.engine);
      for (const [n, { kind }] of results.entries()) {
        expect(kind).toBe(first?.stream === `side-${n % 2}` ? 'appended' : 'conflict');
      }
      expect(await subject.engine.head()).toBe(BigInt(CALLERS / 2));
    },
  },
  {
    name: 'requests that contradict each other, made in one moment, are answered as if they came one by one',
    run: async ({ engine }) => {
      const { append } = createEventStore(engine);
      const none = { stream: 'door-1', revision: 'none' } as const;
      const some = { stream: 'door-2', revision: 'some' } as const;
      const results = await Promise.all([
        append(appendOf([newEvent('door-1')], [none])),
        append(appendOf([newEvent('door-2')], [none])),
        append(appendOf([newEvent('door-1')], [{ stream: 'door-1', revision: 0 }])),
        append(appendOf([newEvent('door-3')], [some])),
        append(appendOf([newEvent('door-2')])),
        append(appendOf([newEvent('door-3')], [some])),
      ]);
      expect(results).toEqual([
        { kind: 'appended', position: 1n, revisions: { 'door-1': 0 } },
        { kind: 'conflict', condition: none, actual: 0 },
        { kind: 'appended', position: 2n, revisions: { 'door-1': 1 } },
        { kind: 'conflict', condition: some, actual: 'none' },
        { kind: 'appended', position: 3n, revisions: { 'door-2': 0 } },
        { kind: 'appended', position: 4n, revisions: { 'door-3': 0 } },
      ]);
    },
  },
];

const readerCases: readonly EventEngineCase[] = [
  {
    name: 'a reader beside two writers sees every position once and in order, and none comes late',
    run: async (subject) => {
      const { seen, upTo } = await followTwoWriters(subject);
      const positions = seen.map(({ position }) => position);
      expect(positions).toEqual(positions.map((_, place) => BigInt(place + 1)));
      expect(seen).toEqual(await readWholeLog(subject.engine));
      expect(upTo).toBe(await subject.engine.head());
    },
  },
  ...(['categories', 'types', 'tags'] as const).map(
    (part): EventEngineCase => ({
      name: missesNothing(part),
      ...(part === 'tags' ? { capability: 'queries' } : {}),
      run: async (subject) => {
        const query = [{ [part]: ['door'] }];
        const { seen, upTo } = await followTwoWriters(subject, query);
        expect(seen).toHaveLength(WRITERS_APPENDS);
        expect(seen).toEqual(await readWholeLog(subject.engine, { query }));
        expect(upTo).toBe(await subject.engine.head());
      },
    }),
  ),
];

const damageCases: readonly EventEngineCase[] = [
  {
    name: 'an event that was changed where it is stored is a fault, never data',
    needs: 'damage',
    run: async ({ engine, damage }) => {
      await store(engine, appendOf(newEvents('door-1', 3)));
      await store(engine, appendOf(newEvents('door-2', 2)));
      await required(damage)(2n, 'changed');
      const corrupt = { code: 'LOG_CORRUPT' };
      await expect(readWhole(engine, 'door-1')).rejects.toMatchObject(corrupt);
      await expect(engine.readLog({ after: 0n, limit: 9 })).rejects.toMatchObject(corrupt);
      expect(await readWhole(engine, 'door-2')).toHaveLength(2);
    },
  },
  {
    name: 'a log in which an event is missing is a fault, never shorter, wherever a page begins and ends',
    needs: 'damage',
    run: async ({ engine, damage }) => {
      await store(engine, appendOf(newEvents('door-1', 5)));
      await required(damage)(3n, 'lost');
      for (const [after, limit] of [
        ...[[0n, 3] as const, [0n, 4] as const, [0n, 9] as const],
        ...[[2n, 1] as const, [2n, 2] as const, [2n, 10_000] as const],
      ]) {
        const page = engine.readLog({ after, limit });
        await expect(page).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
      }
      expect((await engine.readLog({ after: 0n, limit: 2 })).events).toHaveLength(2);
      expect((await engine.readLog({ after: 3n, limit: 9 })).events).toHaveLength(2);
    },
  },
  {
    name: 'a stream whose first event is missing is a fault, never shorter',
    needs: 'damage',
    run: async ({ engine, damage }) => {
      await store(engine, appendOf(newEvents('door-1', 3)));
      await store(engine, appendOf(newEvents('door-2', 3)));
      await required(damage)(1n, 'lost');
      await expect(readWhole(engine, 'door-1')).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
      expect(await readWhole(engine, 'door-2')).toHaveLength(3);
    },
  },
  {
    name: 'a stream in whose middle an event is missing is a fault, never shorter',
    needs: 'damage',
    run: async ({ engine, damage }) => {
      await store(engine, appendOf(newEvents('door-1', 3)));
      await store(engine, appendOf(newEvents('door-2', 2)));
      await required(damage)(2n, 'lost');
      await expect(readWhole(engine, 'door-1')).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
      expect(await readWhole(engine, 'door-2')).toHaveLength(2);
    },
  },
];

/** What a reader sees who reads on while two write, each on an engine of its own where there can be two. */
async function followTwoWriters(
  { engine, openSecond }: EventEngineSubject,
  query?: Query,
): Promise<{ readonly seen: readonly Recorded[]; readonly upTo: bigint }> {
  const writing = [engine, (await openSecond?.()) ?? engine].map(async (writer, which) => {
    for (let n = 0; n < WRITERS_APPENDS; n += 1) {
      const names = n % 2 === 0 ? { type: 'door', tags: ['door'] } : { type: 'gate' };
      const streams = n % 2 === 0 ? [`door-${which}`] : [`gate-${which}`, `gate-${n}`];
      await store(writer, appendOf(streams.map((one) => newEvent(one as StreamName, names))));
    }
  });
  let isWritten = false;
  const written = Promise.all(writing).finally(() => {
    isWritten = true;
  });
  const seen: Recorded[] = [];
  let upTo = 0n;
  try {
    for (let last = false; ; last = isWritten) {
      const page = await engine.readLog({ after: upTo, limit: 7, ...(query && { query }) });
      seen.push(...page.events);
      if (last && page.scannedTo === upTo) break;
      upTo = page.scannedTo;
      if (page.events.length === 0) await turn();
    }
  } finally {
    await written;
  }
  return { seen, upTo };
}

/** Half of the callers through one store, half through another, each on an engine of its own where there can be two. */
async function appendAtOnce(
  { engine, openSecond }: EventEngineSubject,
  request: (caller: number) => AppendRequest,
): Promise<readonly AppendResult[]> {
  const stores = [engine, (await openSecond?.()) ?? engine].map((one) => createEventStore(one));
  const calls = Array.from({ length: CALLERS }, (_, n) => stores[n % 2]?.append(request(n)));
  return (await Promise.all(calls)) as readonly AppendResult[];
}

function countOf(results: readonly AppendResult[], kind: AppendResult['kind']): number {
  return results.filter((result) => result.kind === kind).length;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Many at the same time, a reader beside writers, and what happens behind the engine's back. */
export const raceCases: readonly EventEngineCase[] = [
  ...stormCases,
  ...readerCases,
  ...damageCases,
];
