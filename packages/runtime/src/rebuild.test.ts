import { describe, expect, test } from 'vitest';
import { plant, rebuilt, rowsOf, untilState } from '../test/rebuilds.ts';
import {
  catchUp,
  createTotals,
  createTotalsWorld,
  expectedTotals,
  whileRunning,
} from '../test/totals-world.ts';
import { until } from '../test/turns.ts';

const ALL = { index: 'byTotal', equals: [], limit: 2 } as const;

/** Six counters, four events each, all read. */
async function filledWorld() {
  const world = createTotalsWorld();
  for (let n = 0; n < 24; n += 1) await world.add(`${n % 6}`, n + 1);
  const live = await world.open();
  await catchUp(world, live);
  return { ...world, live };
}

describe('a rebuild', () => {
  test('makes the same rows beside those in use, compares them, and takes their place when told', async () => {
    const { live, ...world } = await filledWorld();
    expect(await live.rebuild.status()).toEqual({
      state: 'idle',
      builds: [{ version: 1, build: 1, isInForce: true, checkpoint: 24n }],
    });
    await whileRunning([live], async (signal) => {
      expect(await live.rebuild.start()).toBe('done');
      const ready = await untilState(live, 'ready');
      expect(ready.comparison).toEqual({ isDone: true, rowsCompared: 6, rowsDiffering: 0 });
      expect(ready.progress).toMatchObject({ eventsDone: 24n, eventsTotal: 24n, leftMs: 0 });
      expect(await live.rebuild.switch()).toBe('done');
      expect(await live.rebuild.status()).toMatchObject({
        state: 'switched',
        builds: [
          { build: 1, isInForce: false },
          { build: 2, isInForce: true },
        ],
      });
      await world.add('1', 100);
      await live.reached(25n, signal);
    });
    expect(await rowsOf(live)).toEqual(await expectedTotals(world));
  });

  test('names the first row and field that differ, and counts the others', async () => {
    const { live, readModels } = await filledWorld();
    for (const id of ['counter-4', 'counter-2']) {
      await plant(readModels, { id, total: 7, seen: [0, 1, 9, 3] });
    }
    await plant(readModels, { id: 'counter-9', total: 1, seen: [0] });
    await whileRunning([live], async () => {
      await live.rebuild.start();
      const { comparison } = await untilState(live, 'ready');
      expect(comparison).toEqual({
        isDone: true,
        rowsCompared: 7,
        rowsDiffering: 3,
        firstDifference: { key: 'counter-2', kind: 'changed', field: 'seen.2' },
      });
    });
  });

  test('repairs what was wrong; rolling back brings it back, with what came meanwhile', async () => {
    const { live, readModels, ...world } = await filledWorld();
    await plant(readModels, { id: 'counter-2', total: 1_000, seen: [] });
    await whileRunning([live], async (signal) => {
      await rebuilt(live);
      expect(await live.get('counter-2')).toEqual(
        (await expectedTotals({ ...world, readModels })).get('counter-2'),
      );
      await world.add('2', 5);
      await live.reached(25n, signal);
      expect(await live.rebuild.rollback()).toBe('done');
      await live.reached(25n, signal);
      expect(await live.get('counter-2')).toMatchObject({ total: 1_005 });
      expect((await live.rebuild.status()).state).toBe('ready');
      expect(await live.rebuild.switch()).toBe('done');
      expect(await live.get('counter-2')).not.toMatchObject({ total: 1_005 });
    });
  });

  test('ends with the old build dropped, or the new one given up', async () => {
    const { live } = await filledWorld();
    await whileRunning([live], async () => {
      await rebuilt(live);
      expect(await live.rebuild.drop()).toBe('done');
      const first = { version: 1, build: 2, isInForce: true };
      expect(await live.rebuild.status()).toMatchObject({ state: 'idle', builds: [first] });
      await live.rebuild.start();
      await untilState(live, 'ready');
      expect(await live.rebuild.cancel()).toBe('done');
      expect((await live.rebuild.status()).builds).toMatchObject([first]);
      expect((await live.rebuild.status()).state).toBe('idle');
      await rebuilt(live);
      expect((await live.rebuild.status()).builds).toMatchObject([{ build: 2 }, { build: 4 }]);
    });
  });

  test('refuses what makes no sense, with the reason, and changes nothing', async () => {
    const { live, ...world } = await filledWorld();
    const { rebuild } = live;
    expect(await rebuild.switch()).toBe('nothing-started');
    expect(await rebuild.compare()).toBe('nothing-started');
    expect(await rebuild.cancel()).toBe('nothing-started');
    expect(await rebuild.rollback()).toBe('nothing-kept');
    expect(await rebuild.drop()).toBe('nothing-kept');
    expect(await rebuild.drop({ version: 1, build: 1 })).toBe('in-force');
    expect(await rebuild.drop({ version: 1, build: 2 })).toBe('unknown-build');
    const other = await world.open();
    const starting = [rebuild.start(), other.rebuild.start()];
    expect((await Promise.all(starting)).sort()).toEqual(['already-started', 'done']);
    expect(await rebuild.switch()).toBe('not-caught-up');
    expect(await rebuild.rollback()).toBe('nothing-kept');
    expect(await rebuild.drop()).toBe('nothing-kept');
    const status = await rebuild.status();
    expect(status).toMatchObject({ state: 'building', progress: { eventsDone: 0n } });
    expect(status).not.toHaveProperty('comparison');
  });

  test('may be compared once more', async () => {
    const { live, readModels } = await filledWorld();
    await whileRunning([live], async () => {
      await live.rebuild.start();
      await untilState(live, 'ready');
      await plant(readModels, { id: 'counter-0', total: 0, seen: [] }, 2);
      expect(await live.rebuild.compare()).toBe('done');
      const { comparison } = await untilState(live, 'ready');
      expect(comparison).toMatchObject({ rowsCompared: 6, firstDifference: { key: 'counter-0' } });
    });
  });

  test('tells how fast it gets on and how long it will take, and goes no faster than told', async () => {
    const world = createTotalsWorld({ pageSize: 5 });
    for (let n = 0; n < 100; n += 1) await world.add(`${n % 6}`, 1);
    const live = await world.open({ eventsPerSecond: 10 });
    await catchUp(world, live);
    await whileRunning([live], async () => {
      await live.rebuild.start();
      for (let second = 1; second <= 4; second += 1) await world.clock.advance(1_000);
      const { state, progress } = await live.rebuild.status();
      expect(state).toBe('building');
      expect(progress?.eventsDone).toBeGreaterThanOrEqual(40n);
      expect(progress?.eventsDone).toBeLessThanOrEqual(45n);
      expect(progress?.eventsPerSecond).toBeGreaterThanOrEqual(8);
      expect(progress?.eventsPerSecond).toBeLessThanOrEqual(12);
      expect(progress?.leftMs).toBeGreaterThan(4_000);
      expect(progress?.leftMs).toBeLessThan(8_000);
      expect(await live.rebuild.switch()).toBe('not-caught-up');
    });
  });
});

describe('a query', () => {
  test('with a cursor from before the switch goes on behind the same row', async () => {
    const { live, ...world } = await filledWorld();
    await whileRunning([live], async () => {
      const before = await live.find(ALL);
      await rebuilt(live);
      await live.rebuild.drop();
      const after = await live.find({ ...ALL, limit: 9, cursor: String(before.next) });
      const whole = [...(await expectedTotals(world)).values()].sort((a, b) => a.total - b.total);
      expect([...before.items, ...after.items]).toEqual(whole);
    });
  });

  test('that carries a position finds it also when builds are switched and dropped under it', async () => {
    const { live, ...world } = await filledWorld();
    await whileRunning([live], async (signal) => {
      const switching = (async () => {
        for (let round = 0; round < 4; round += 1) {
          await rebuilt(live);
          expect(await live.rebuild.drop()).toBe('done');
        }
        return 'over';
      })();
      const never = new Promise<string>((resolve) => setImmediate(resolve, 'going on'));
      for (let n = 0; (await Promise.race([switching, never])) !== 'over' || n < 50; n += 1) {
        await world.add('7', 1);
        const reached = live.reached(25n + BigInt(n), signal);
        await world.clock.advance(50);
        expect(await reached).toBe(true);
        expect((await live.get('counter-7'))?.total).toBe(n + 1);
      }
    });
    expect(await rowsOf(live)).toEqual(await expectedTotals(world));
  });
});

describe('rows that are set aside', () => {
  test('are set aside anew by a rebuild, and a row without an event that was skipped is a difference', async () => {
    const world = createTotalsWorld();
    for (const [id, by] of [
      ['1', 1],
      ['2', 5],
      ['2', -1],
      ['3', -3],
      ['2', 7],
    ] as const) {
      await world.add(id, by);
    }
    const live = await world.open();
    await catchUp(world, live);
    const [parked] = await live.parked.list(1);
    await live.parked.skip('counter-2', parked?.eventId ?? '');
    await whileRunning([live], async () => {
      await live.rebuild.start();
      const { comparison } = await untilState(live, 'ready');
      expect(comparison).toEqual({
        isDone: true,
        rowsCompared: 3,
        rowsDiffering: 1,
        firstDifference: { key: 'counter-2', kind: 'parked' },
      });
      await live.rebuild.switch();
      expect(await live.parked.list(9)).toMatchObject([
        { key: 'counter-2', position: 3n, waiting: 1 },
        { key: 'counter-3', position: 4n },
      ]);
    });
  });
});

describe('a new build that cannot go on', () => {
  test('says why, and the one in force goes on', async () => {
    const { live: _, ...world } = await filledWorld();
    const live = await world.open({
      readModel: createTotals((by) => by === 9),
      onFailure: { retries: 0, backoffMs: 1, giveUp: 'stop' },
    });
    await whileRunning([live], async (signal) => {
      await live.rebuild.start();
      await until(async () => (await live.rebuild.status()).lastError !== undefined);
      const { state, lastError } = await live.rebuild.status();
      expect(state).toBe('building');
      expect(lastError).toContain('nobody counts 9');
      await world.add('1', 100);
      expect(await live.reached(25n, signal)).toBe(true);
      expect(await live.rebuild.cancel()).toBe('done');
    });
  });
});

describe('a table in slices', () => {
  test('is built anew in the same slices, and both are divided anew while the rebuild runs', async () => {
    const world = createTotalsWorld({ pageSize: 3 });
    for (let n = 0; n < 60; n += 1) await world.add(`${n % 12}`, n + 1);
    const live = await world.open({ slices: 3 });
    await catchUp(world, live);
    await whileRunning([live], async (signal) => {
      await live.rebuild.start();
      await until(async () => ((await live.rebuild.status()).progress?.eventsDone ?? 0n) > 6n);
      await world.open({ slices: 5 });
      await untilState(live, 'ready');
      for (const build of [1, 2]) {
        const table = await world.readModels.open(
          { name: 'totals', version: 1, indexes: { byTotal: ['total'] } },
          build,
        );
        await until(async () => (await table.slicing?.read())?.count === 5);
      }
      await live.rebuild.switch();
      await world.add('3', 1);
      await live.reached(61n, signal);
      expect((await live.rebuild.status()).comparison).toBeUndefined();
    });
    expect(await rowsOf(live)).toEqual(await expectedTotals(world));
  });
});
