import type { LogPage, LogPageRequest, StreamName } from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { newEvents } from '@tidemark/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRecentEvents } from './recent-events.ts';

const FOLLOWING = { limit: 1_000, mayShare: true } as const;

/** A log, what reads it, and what the engine was asked. */
function setUp() {
  const engine = createMemoryEventEngine();
  const asked: LogPageRequest[] = [];
  let meanwhile = async (): Promise<void> => undefined;
  const { readLog, learner } = createRecentEvents(async (page) => {
    asked.push(page);
    // As an engine that decodes what it reads, every time anew.
    const read = structuredClone(await engine.readLog(page));
    await meanwhile();
    return read;
  });
  const write = async (stream: StreamName, count: number, data: object = {}) => {
    const events = newEvents(stream, count).map((event) => ({ ...event, data: { ...data } }));
    await engine.commit([{ events, conditions: [] }]);
  };
  /** Writes as who tells the readers of it. */
  const writeTelling = async (stream: StreamName, count: number) => {
    await engine.commit([{ events: newEvents(stream, count), conditions: [] }], learner());
  };
  const whileReading = (work: () => Promise<void>) => {
    meanwhile = async () => {
      meanwhile = async () => undefined;
      await work();
    };
  };
  return { engine, asked, readLog, write, writeTelling, learner, whileReading };
}

const positionsOf = ({ events }: LogPage): readonly bigint[] =>
  events.map(({ position }) => position);

test('readers that follow the log get the same objects, and an event is read once', async () => {
  const { asked, readLog, write } = setUp();
  await readLog({ after: 0n, ...FOLLOWING });
  await write('flight-1', 2);
  const one = await readLog({ after: 0n, ...FOLLOWING });
  const other = await readLog({ after: 1n, query: [{ categories: ['flight'] }], ...FOLLOWING });
  expect(positionsOf(one)).toEqual([1n, 2n]);
  expect(other).toEqual({ events: [one.events[1]], scannedTo: 2n });
  expect(other.events[0]).toBe(one.events[1]);
  expect(asked.map(({ after }) => after)).toEqual([0n, 0n, 2n]);
});

test('who does not say that it may share reads from the store', async () => {
  const { asked, readLog, write } = setUp();
  await readLog({ after: 0n, ...FOLLOWING });
  await write('flight-1', 1);
  const shared = await readLog({ after: 0n, ...FOLLOWING });
  const own = await readLog({ after: 0n, limit: 10 });
  expect(own.events).toEqual(shared.events);
  expect(own.events[0]).not.toBe(shared.events[0]);
  expect(asked.at(-1)).toEqual({ after: 0n, limit: 10 });
});

test('what was stored before the call is on the page, also while others read', async () => {
  const { readLog, write } = setUp();
  await readLog({ after: 0n, ...FOLLOWING });
  await write('flight-1', 1);
  const before = readLog({ after: 0n, ...FOLLOWING });
  await Promise.resolve();
  await write('flight-1', 1);
  const pages = await Promise.all([before, readLog({ after: 1n, ...FOLLOWING })]);
  expect(pages[1]?.scannedTo).toBe(2n);
});

test('events that are learnt from their commit are not read again', async () => {
  const { asked, readLog, writeTelling } = setUp();
  await readLog({ after: 0n, ...FOLLOWING });
  await writeTelling('flight-1', 2);
  await writeTelling('flight-2', 1);
  const page = await readLog({ after: 0n, ...FOLLOWING });
  expect(positionsOf(page)).toEqual([1n, 2n, 3n]);
  expect((await readLog({ after: 2n, ...FOLLOWING })).events[0]).toBe(page.events[2]);
  expect(asked.map(({ after }) => after)).toEqual([0n, 3n, 3n]);
});

test('events that others have written before those of a commit are read first', async () => {
  const { readLog, write, writeTelling } = setUp();
  await readLog({ after: 0n, ...FOLLOWING });
  await write('flight-1', 1);
  await writeTelling('flight-1', 1);
  expect(positionsOf(await readLog({ after: 0n, ...FOLLOWING }))).toEqual([1n, 2n]);
});

test('events that are learnt while they are read, and some behind them, are there once', async () => {
  const { engine, readLog, write, writeTelling, learner, whileReading } = setUp();
  await readLog({ after: 0n, ...FOLLOWING });
  await write('flight-1', 3);
  const { events } = await engine.readLog({ after: 0n, limit: 2 });
  whileReading(async () => learner()?.(events));
  expect(positionsOf(await readLog({ after: 0n, ...FOLLOWING }))).toEqual([1n, 2n, 3n]);
  whileReading(() => writeTelling('flight-1', 2));
  await readLog({ after: 0n, ...FOLLOWING });
  expect(positionsOf(await readLog({ after: 2n, ...FOLLOWING }))).toEqual([3n, 4n, 5n]);
});

test('nothing is learnt while nobody follows the log', async () => {
  const { learner, readLog, writeTelling } = setUp();
  expect(learner()).toBeUndefined();
  await writeTelling('flight-1', 1);
  await readLog({ after: 1n, ...FOLLOWING });
  expect(learner()).toBeDefined();
});

test('readers that come while one reads share the next read', async () => {
  const { asked, readLog, write } = setUp();
  await readLog({ after: 0n, ...FOLLOWING });
  await write('flight-1', 3);
  const pages = Array.from({ length: 9 }, () => readLog({ after: 0n, ...FOLLOWING }));
  for (const page of await Promise.all(pages)) expect(page.scannedTo).toBe(3n);
  expect(asked.length).toBeLessThanOrEqual(3);
});

test('what fails fails for all who share it, and the next read goes on', async () => {
  const engine = createMemoryEventEngine();
  let isDown = false;
  const { readLog } = createRecentEvents(async (page) => {
    if (isDown) throw new Error('no answer');
    return engine.readLog(page);
  });
  await readLog({ after: 0n, ...FOLLOWING });
  await engine.commit([{ events: newEvents('flight-1', 1), conditions: [] }]);
  isDown = true;
  const pages = [1, 2].map(() => readLog({ after: 0n, ...FOLLOWING }));
  for (const page of pages) await expect(page).rejects.toThrow('no answer');
  isDown = false;
  expect(positionsOf(await readLog({ after: 0n, ...FOLLOWING }))).toEqual([1n]);
});

test('the oldest are let go, and who is behind or ahead of those that are kept reads for itself', async () => {
  const { readLog, write } = setUp();
  let followed = 0n;
  for (let round = 0; round < 9; round += 1) {
    ({ scannedTo: followed } = await readLog({ after: followed, ...FOLLOWING }));
    await write('flight-1', 100);
  }
  const behind = await readLog({ after: 0n, limit: 2, mayShare: true });
  expect(positionsOf(behind)).toEqual([1n, 2n]);
  await write('flight-1', 900);
  const ahead = await readLog({ after: 1_798n, ...FOLLOWING });
  expect(positionsOf(ahead)).toEqual([1_799n, 1_800n]);
});

test('pages are those of the engine, however far readers are behind or ahead', async () => {
  const step = fc.oneof(
    fc.record({
      tells: fc.boolean(),
      write: fc.integer({ min: 1, max: 900 }),
      stream: fc.constantFrom<StreamName>('a-1', 'b-1'),
    }),
    fc.record({
      after: fc.integer({ min: 0, max: 6_000 }),
      limit: fc.integer({ min: 1, max: 1_200 }),
      query: fc.constantFrom(
        undefined,
        [],
        [{ categories: ['a'] }],
        [{ categories: ['b'], types: ['SomethingHappened'] }],
        [{ tags: ['t:1'] }],
      ),
    }),
  );
  const run = async (steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
    const { engine, readLog, write, writeTelling } = setUp();
    let followed = (await readLog({ after: 0n, ...FOLLOWING })).scannedTo;
    for (const one of steps) {
      if ('write' in one) {
        await (one.tells ? writeTelling : write)(one.stream, one.write);
        followed = (await readLog({ after: followed, ...FOLLOWING })).scannedTo;
        continue;
      }
      const { query, limit } = one;
      const asked = { after: BigInt(one.after), limit, ...(query === undefined ? {} : { query }) };
      const page = await readLog({ ...asked, mayShare: true });
      // A page may end early: what it shows up to where it looked is what the engine shows.
      const all = await engine.readLog({ ...asked, limit: 10_000 });
      const shown = all.events.filter(({ position }) => position <= page.scannedTo);
      expect(page.events).toEqual(shown);
      expect(page.events.length).toBeLessThanOrEqual(limit);
      const isEnd = page.scannedTo >= (await engine.head());
      expect(isEnd || page.scannedTo > asked.after).toBe(true);
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), run), { numRuns: 60 });
});
