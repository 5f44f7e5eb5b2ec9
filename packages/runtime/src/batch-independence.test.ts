import {
  type AppendRequest,
  type AppendResult,
  type Condition,
  type EventStore,
  matches,
  type StreamName,
} from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { appendOf, newEvent } from '@tidemark/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordingEngine } from '../test/engines.ts';
import { createEventStore } from './event-store.ts';

const streams: fc.Arbitrary<StreamName> = fc.constantFrom('flight-1', 'flight-2', 'gate-1');
const types = fc.constantFrom('Opened', 'Closed');
const tags = fc.subarray(['seat:1', 'seat:2', 'crew:1']);

const events = fc
  .record({ stream: streams, type: types, tags })
  .map(({ stream, ...parts }) => newEvent(stream, parts));

const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    stream: streams,
    revision: fc.constantFrom<number | 'none' | 'some'>('none', 'some', 0, 1, 2, 3),
  }),
  fc.record({
    nothingMatches: fc.array(
      fc.record(
        {
          categories: fc.subarray(['flight', 'gate'], { minLength: 1 }),
          types: fc.subarray(['Opened', 'Closed'], { minLength: 1 }),
          tags: fc.subarray(['seat:1', 'seat:2', 'crew:1'], { minLength: 1 }),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 2 },
    ),
    after: fc.constantFrom(0n, 1n, 2n),
  }),
);

const requests: fc.Arbitrary<AppendRequest> = fc
  .record({
    events: fc.array(events, { minLength: 1, maxLength: 3 }),
    conditions: fc.array(conditions, { maxLength: 2 }),
    commandId: fc.option(fc.constantFrom('command-1', 'command-2', 'command-3'), {
      nil: undefined,
      freq: 3,
    }),
  })
  .map(({ commandId, ...request }) =>
    appendOf(request.events, request.conditions, commandId === undefined ? {} : { commandId }),
  );

/** Two events that are there before, so that positions up to 2 mean the same in every order. */
const present = appendOf([
  newEvent('flight-1', { type: 'Opened', tags: ['seat:1'] }),
  newEvent('gate-1', { type: 'Closed', tags: ['crew:1'] }),
]);

/** What an answer says whatever the order of independent requests was. */
function essence(result: AppendResult): unknown {
  if (result.kind === 'conflict') {
    const { condition, actual } = result;
    return { condition, actual: typeof actual === 'bigint' ? 'matched' : actual };
  }
  return {
    kind: result.kind,
    revisions: result.kind === 'appended' ? result.revisions : result.first.revisions,
  };
}

async function oneByOne(asked: readonly AppendRequest[]): Promise<readonly AppendResult[]> {
  const engine = createMemoryEventEngine();
  await engine.commit([present]);
  const results: AppendResult[] = [];
  for (const request of asked) results.push(...(await engine.commit([request])));
  return results;
}

async function coalesced(asked: readonly AppendRequest[]) {
  const { engine, batches } = recordingEngine(createMemoryEventEngine());
  await engine.commit([present]);
  const store: EventStore = createEventStore(engine, { maxBatchEvents: 8 });
  const results = await Promise.all(asked.map(store.append));
  return { results, batches };
}

/** The engine's contract, written down as plainly as it is said. */
function mayShare(one: AppendRequest, other: AppendRequest): boolean {
  if (one.commandId !== undefined && one.commandId === other.commandId) return false;
  const looksAt = (condition: Condition, request: AppendRequest): boolean =>
    request.events.some((event) =>
      'stream' in condition
        ? condition.stream === event.stream
        : matches(condition.nothingMatches, event),
    );
  return !(
    one.conditions.some((condition) => looksAt(condition, other)) ||
    other.conditions.some((condition) => looksAt(condition, one))
  );
}

describe('a coalesced batch', () => {
  test('answers every request as if they had been committed one by one in their order', async () => {
    const property = fc.asyncProperty(fc.array(requests, { maxLength: 14 }), async (asked) => {
      const { results } = await coalesced(asked);
      expect(results.map(essence)).toEqual((await oneByOne(asked)).map(essence));
    });
    await fc.assert(property, { numRuns: 400 });
  });

  test('holds only requests of which none looks at what another writes', async () => {
    const property = fc.asyncProperty(fc.array(requests, { maxLength: 14 }), async (asked) => {
      const { batches } = await coalesced(asked);
      for (const batch of batches) {
        batch.forEach((one, place) => {
          for (const other of batch.slice(place + 1)) expect(mayShare(one, other)).toBe(true);
        });
      }
    });
    await fc.assert(property, { numRuns: 400 });
  });

  test('is as large as the requests allow when they have nothing to do with each other', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    const store = createEventStore(engine);
    const unrelated = Array.from({ length: 50 }, (_, n) => {
      const tag = `seat:${n}`;
      return appendOf(
        [newEvent(`flight-${n}`, { tags: [tag, 'crew:1'] })],
        [{ nothingMatches: [{ tags: [tag, 'crew:1'] }], after: 0n }],
      );
    });
    await Promise.all(unrelated.map(store.append));
    expect(batches.map((batch) => batch.length)).toEqual([50]);
  });
});
