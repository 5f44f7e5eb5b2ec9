import type { ReadModelEngine, ReadModelTable } from '@tidemark/core';
import { createMemoryReadModels } from '@tidemark/store-memory';
import { expect, test } from 'vitest';
import {
  catchUp,
  createTotalsWorld,
  expectedTotals,
  type TotalsWorld,
  whileRunning,
} from '../test/totals-world.ts';
import { until } from '../test/turns.ts';
import { createKnownRows } from './known-rows.ts';

interface Watch {
  /** Keys of each load. */
  readonly loads: (readonly string[])[];
  /** Called before each step is applied. */
  beforeApply: () => Promise<void>;
}

/** The same read models, watched. */
function watched(readModels: ReadModelEngine): { watch: Watch; readModels: ReadModelEngine } {
  const watch: Watch = { loads: [], beforeApply: async () => undefined };
  const open = async (...asked: Parameters<ReadModelEngine['open']>) => {
    const table = await readModels.open(...asked);
    const load: typeof table.load = (keys) => {
      watch.loads.push(keys);
      return table.load(keys);
    };
    const apply: typeof table.apply = async (step) => {
      await watch.beforeApply();
      return table.apply(step);
    };
    return { ...table, load, apply };
  };
  return { watch, readModels: { ...readModels, open: open as ReadModelEngine['open'] } };
}

async function expectRows(world: TotalsWorld, table: Pick<ReadModelTable<object>, 'get'>) {
  for (const [key, row] of await expectedTotals(world)) expect(await table.get(key)).toEqual(row);
}

test('a row that changes with every step is loaded once, also when it was not there or is deleted', async () => {
  const world = createTotalsWorld();
  const { watch, readModels } = watched(world.readModels);
  const live = await world.open({ readModels });
  await whileRunning([live], async (signal) => {
    for (const by of [1, 2, 0, 3]) {
      await world.add('a', by);
      await live.reached(await world.engine.head(), signal);
    }
  });
  expect(watch.loads).toEqual([['counter-a']]);
  await expectRows(world, live);
});

test('what another process has made of a row meanwhile is what the next event is folded into', async () => {
  const world = createTotalsWorld();
  const { watch, readModels } = watched(world.readModels);
  const live = await world.open({ readModels });
  const other = await world.open();
  await whileRunning([live], async (signal) => {
    await world.add('a', 1);
    await live.reached(await world.engine.head(), signal);
    watch.beforeApply = async () => {
      watch.beforeApply = async () => undefined;
      await catchUp(world, other);
    };
    for (const by of [2, 3]) {
      await world.add('a', by);
      await live.reached(await world.engine.head(), signal);
    }
  });
  expect(watch.loads.length).toBeGreaterThan(1);
  await expectRows(world, live);
});

test('a step whose answer was lost is not folded in twice', async () => {
  const stored = createMemoryReadModels();
  const world = createTotalsWorld({ readModels: stored });
  const losing = {
    ...stored,
    open: async (...asked: Parameters<ReadModelEngine['open']>) => {
      const table = await stored.open(...asked);
      let steps = 0;
      const apply: typeof table.apply = async (step) => {
        const applied = await table.apply(step);
        steps += 1;
        if (steps === 2) throw new Error('the answer was lost');
        return applied;
      };
      return { ...table, apply };
    },
  };
  const live = await world.open({
    readModels: losing as ReadModelEngine,
    onFailure: { retries: 1, backoffMs: 100, giveUp: 'stop', random: () => 0.999 },
  });
  await whileRunning([live], async (signal) => {
    await world.add('a', 1);
    await live.reached(1n, signal);
    await world.add('a', 2);
    // Who waits until it is reached sleeps as well.
    const reached = live.reached(2n, signal);
    await until(() => world.clock.sleeping() === 2);
    await world.clock.advance(100);
    await reached;
    await world.add('a', 3);
    await live.reached(3n, signal);
  });
  await expectRows(world, live);
});

test('no more keys are kept than fit into some megabytes', async () => {
  let loaded = 0;
  const known = createKnownRows({
    load: async (keys) => {
      loaded += keys.length;
      return new Map();
    },
  });
  const many = Array.from({ length: 10_001 }, (_, n) => `key-${n}`);
  for (const keys of [['first'], ['first'], many, ['first']]) {
    await known.load(keys);
    known.learn({ rows: new Map(), parked: [] });
  }
  expect(loaded).toBe(1 + many.length + 1);
});

test('what the last step stored stays known, because it may still be on its way to the table', async () => {
  const loads: (readonly string[])[] = [];
  const known = createKnownRows<{ readonly n: number }>({
    load: async (keys) => {
      loads.push(keys);
      return new Map();
    },
  });
  const many = Array.from({ length: 10_001 }, (_, n) => `key-${n}`);
  await known.load(many);
  known.learn({ rows: new Map([['key-7', { n: 7 }]]), parked: [] });
  await known.load(['key-7', 'key-8']);
  expect(known.find('key-7')?.row).toEqual({ n: 7 });
  expect(loads).toEqual([many, ['key-8']]);
});

test('large rows are kept no longer than they must be, however few they are', async () => {
  let loaded = 0;
  const row = { text: 'x'.repeat(200_000) };
  const known = createKnownRows<typeof row>({
    load: async (keys) => {
      loaded += keys.length;
      return new Map(keys.map((key) => [key, row]));
    },
  });
  const some = Array.from({ length: 100 }, (_, n) => `key-${n}`);
  for (const keys of [some, ['key-0'], ['key-1']]) {
    await known.load(keys);
    known.learn({ rows: new Map([['key-0', row]]), parked: [] });
  }
  expect(loaded).toBe(some.length + 1);
});
