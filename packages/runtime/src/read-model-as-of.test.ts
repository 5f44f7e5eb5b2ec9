import type { NewEvent, ReadModel, Recorded } from '@tidemark/core';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CounterEvent, counterCodec } from '../test/counter.ts';
import { createTotals, createTotalsWorld, type Total, whileRunning } from '../test/totals-world.ts';
import { createEventStore } from './event-store.ts';
import type { Moment } from './moment.ts';
import { readModelAsOf } from './read-model-as-of.ts';

const totals = createTotals((by) => by < 0);
/** A row a counter: its stream is named. */
const byStream = {
  ...totals,
  query: (key) => ({ streams: [key as 'counter-1'] }),
} satisfies Totals;
/** Rows over several streams, each named: even and odd counters, and all of them. */
const byParity = {
  ...totals,
  key: ({ stream }) => [Number(stream.at(-1)) % 2 === 0 ? 'even' : 'odd', 'all'],
  query: (key) => ({ streams: STREAMS[key as keyof typeof STREAMS] ?? [] }),
} satisfies Totals;
/** The same rows, found by the tags of the events. Notes carry the tags too, and do not concern it. */
const byTag = {
  ...byParity,
  query: (key) => ({ matching: key === 'all' ? [{ categories: ['counter'] }] : [{ tags: [key] }] }),
} satisfies Totals;
const STREAMS = {
  even: ['counter-0', 'counter-2'],
  odd: ['counter-3', 'counter-1', 'counter-3'],
  all: ['counter-0', 'counter-1', 'counter-2', 'counter-3', 'counter-none'],
} as const;

type Totals = ReadModel<CounterEvent, Total>;

interface Step {
  readonly counter: number;
  readonly by: number;
  readonly laterMs: number;
  readonly note: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  counter: fc.integer({ min: 0, max: 3 }),
  // 0 deletes the row.
  by: fc.integer({ min: 0, max: 3 }),
  laterMs: fc.constantFrom(0, 0, 1, 1_000),
  note: fc.boolean(),
});

/** A log with these events, and each position's time. */
async function recordHistory(steps: readonly Step[]) {
  const clock = createFakeClock();
  const engine = createMemoryEventEngine({ clock });
  for (const { counter, by, laterMs, note } of steps) {
    await clock.advance(laterMs);
    const tags = [counter % 2 === 0 ? 'even' : 'odd'];
    const event = newEvent(`counter-${counter}`, { type: 'Incremented', data: { by }, tags });
    const beside = newEvent(`note-${counter}`, { type: 'Noted', tags });
    await engine.commit([{ events: note ? [event, beside] : [event], conditions: [] }]);
  }
  const { events } = await engine.readLog({ after: 0n, limit: 1_000 });
  return { store: createEventStore(engine), events };
}

/** The rows of a projector that has seen these events and no more. */
async function projected(readModel: Totals, events: readonly Recorded[]) {
  const engine = createMemoryEventEngine();
  for (const event of events) {
    const { revision: _r, position: _p, recordedAt: _at, ...written } = event;
    await engine.commit([{ events: [written satisfies NewEvent], conditions: [] }]);
  }
  const world = createTotalsWorld({ engine, readModels: createMemoryReadModels() });
  const live = await world.open({ readModel });
  await whileRunning([live], async (signal) => {
    await live.reached(await engine.head(), signal);
  });
  return live;
}

describe('a row as of a moment', () => {
  test.each([
    ['one stream', byStream, ['counter-0', 'counter-1', 'counter-9']],
    ['several streams', byParity, ['even', 'odd', 'all', 'none']],
    ['what a query matches', byTag, ['even', 'odd', 'all', 'none']],
  ] as const)(
    'is what a projector stopped there has, folded from %s',
    async (_, readModel, keys) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 25 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          async (steps, share) => {
            const { store, events } = await recordHistory(steps);
            const count = Math.round(share * events.length);
            const live = await projected(readModel, events.slice(0, count));
            const moments: Moment[] = [{ position: BigInt(count) }];
            const last = events[count - 1];
            // A time names that position where nothing more was recorded in the same millisecond.
            if (last !== undefined && last.recordedAt !== events[count]?.recordedAt) {
              moments.push({ time: last.recordedAt });
            }
            for (const moment of moments) {
              for (const key of keys) {
                const row = await readModelAsOf(
                  { store, codec: counterCodec, readModel },
                  key,
                  moment,
                );
                expect(row).toEqual(await live.get(key));
              }
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  test('is refused when nothing names the events of a row, or the log has not come so far', async () => {
    const { store } = await recordHistory([{ counter: 1, by: 1, laterMs: 0, note: false }]);
    const ask = (readModel: Totals, position: bigint) =>
      readModelAsOf({ store, codec: counterCodec, readModel }, 'counter-1', { position });
    await expect(ask(totals, 1n)).rejects.toMatchObject({ code: 'CAPABILITY_MISSING' });
    await expect(ask(byStream, 2n)).rejects.toMatchObject({ code: 'POSITION_AHEAD' });
    expect(await ask(byStream, 1n)).toEqual({ id: 'counter-1', total: 1, seen: [0] });
  });
});
