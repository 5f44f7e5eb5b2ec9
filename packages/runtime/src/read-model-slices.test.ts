import {
  type EventEngine,
  type ReadModelEngine,
  type ReadModelShape,
  type ReadModelStep,
  type Slice,
  sliceOf,
} from '@tidemark/core';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../test/random.ts';
import {
  catchUp,
  createTotals,
  createTotalsWorld,
  expectedTotals,
  type TotalsWorld,
  whileRunning,
} from '../test/totals-world.ts';
import { gate, until } from '../test/turns.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const SEEDS = Array.from({ length: 12 }, (_, n) => Number(process.env.SEED ?? 4_000 + n));
const IDS = Array.from({ length: 12 }, (_, n) => `${n}`);

/** Pages of a few events, so that there are many steps. */
function smallPages(engine: EventEngine): EventEngine {
  return { ...engine, readLog: (page) => engine.readLog({ ...page, limit: 3 }) };
}

/** Asks before each step. */
function beforeSteps(
  readModels: ReadModelEngine,
  before: (slice: Slice, step: ReadModelStep<object>) => Promise<void>,
): ReadModelEngine {
  return {
    ...readModels,
    open: async <Row extends object>(shape: ReadModelShape<Row>) => {
      const table = await readModels.open<Row>(shape);
      const apply: typeof table.apply = async (step) => {
        await before(step.slice, step);
        return table.apply(step);
      };
      return { ...table, apply };
    },
  };
}

describe('a read model in slices', () => {
  test('has the rows that one projector makes, each slice only its own', async () => {
    const memory = createMemoryReadModels();
    const written: string[] = [];
    const readModels = beforeSteps(memory, async (slice, { rows }) => {
      for (const key of rows.keys()) {
        written.push(key);
        expect(sliceOf(key, 4)).toBe(slice.index);
      }
    });
    const world = createTotalsWorld({ readModels });
    for (let n = 0; n < 60; n += 1) await world.add(`${n % 12}`, n + 1);
    await catchUp(world, await world.open({ slices: 4 }));
    expect(await rowsOfSlices(world, 4)).toEqual(await expectedTotals(world));
    expect(written).toHaveLength(12);
    expect(new Set(written).size).toBe(12);
  });

  test('has come as far as its slowest slice', async () => {
    const held = gate();
    const readModels = beforeSteps(createMemoryReadModels(), async ({ index }) => {
      if (index === 1) await held.opened;
    });
    const world = createTotalsWorld({ readModels });
    for (const id of IDS) await world.add(id, 1);
    const live = await world.open({ slices: 3 });
    const table = await readModels.open({
      name: 'totals',
      version: 1,
      indexes: { byTotal: ['total'] },
    });
    await whileRunning([live], async (signal) => {
      await until(async () => (await table.checkpoint({ index: 2, count: 3 })) === 12n);
      expect(await live.checkpoint()).toBe(0n);
      expect(await live.reached(12n, AbortSignal.abort())).toBe(false);
      held.open();
      expect(await live.reached(12n, signal)).toBe(true);
      expect(await live.checkpoint()).toBe(12n);
    });
  });

  test('divided anew brings its slices to one position first, and folds nothing twice', async () => {
    const held = gate();
    const slow = beforeSteps(createMemoryReadModels(), async ({ index, count }) => {
      if (index === 1 && count === 2) await held.opened;
    });
    const world = createTotalsWorld({
      engine: smallPages(createMemoryEventEngine()),
      readModels: slow,
    });
    for (let n = 0; n < 30; n += 1) await world.add(`${n % 6}`, n + 1);
    const two = await world.open({ slices: 2 });
    const table = await slow.open({ name: 'totals', version: 1, indexes: { byTotal: ['total'] } });
    await whileRunning([two], async (signal) => {
      await until(async () => (await table.checkpoint({ index: 0, count: 2 })) === 30n);
      const five = await world.open({ slices: 5 });
      expect(await table.slicing?.read()).toMatchObject({ count: 2, next: { count: 5, at: 30n } });
      await world.add('1', 50);
      held.open();
      await two.reached(31n, signal);
      expect(await table.slicing?.read()).toEqual({ count: 5, checkpoints: Array(5).fill(31n) });
      expect(await five.checkpoint()).toBe(31n);
    });
    expect(await rowsOfSlices(world, 5)).toEqual(await expectedTotals(world));
  });

  test.each(SEEDS)(
    'applies every event once while processes come and go and say other numbers (SEED=%i)',
    async (seed) => {
      const random = randomFrom(seed);
      const memory = createMemoryReadModels();
      const readModels = beforeSteps(memory, async () => {
        for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await turnOfTheLoop();
      });
      const world = createTotalsWorld({
        engine: smallPages(createMemoryEventEngine()),
        readModels,
      });
      const stops: AbortController[] = [];
      const ended: Promise<void>[] = [];
      for (let n = 0; n < 120; n += 1) {
        await world.add(`${Math.floor(random() * 12)}`, 1 + Math.floor(random() * 9));
        if (random() < 0.15) {
          const live = await world.open({ slices: 1 + Math.floor(random() * 5) });
          const stop = new AbortController();
          stops.push(stop);
          ended.push(live.runnable.run(stop.signal));
        }
        if (random() < 0.1) stops.shift()?.abort();
        if (random() < 0.5) await turnOfTheLoop();
      }
      const last = await world.open({ slices: 3 });
      await catchUp(world, last);
      for (const stop of stops) stop.abort();
      await Promise.all(ended);
      expect(await rowsOfSlices(world, 3)).toEqual(await expectedTotals(world));
    },
  );
});

test('a parked row of a slice is folded again as far as its slice has come', async () => {
  const world = createTotalsWorld();
  for (let n = 0; n < 24; n += 1) await world.add(`${n % 12}`, n === 5 ? -5 : 1);
  await catchUp(world, await world.open({ slices: 4 }));
  const live = await world.open({ readModel: createTotals(() => false), slices: 4 });
  expect(await live.parked.list(9)).toMatchObject([{ key: 'counter-5', waiting: 1 }]);
  expect(await live.parked.retry('counter-5')).toBeUndefined();
  expect(await live.get('counter-5')).toMatchObject({ total: -4, seen: [0, 1] });
});

/** Opening says a number of slices too, so it is the same as before. */
async function rowsOfSlices(world: TotalsWorld, slices: number) {
  const live = await world.open({ slices });
  const page = await live.find({ index: 'byTotal', equals: [], limit: 1_000 });
  return new Map(page.items.map((row) => [row.id, row]));
}
