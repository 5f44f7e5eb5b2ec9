import type { NewEvent, ReadModelEngine, ReadModelTable } from '@tidemark/core';
import { createMemoryReadModels } from '@tidemark/store-memory';
import { newEvent } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { counterCodec } from '../test/counter.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import {
  catchUp,
  createTotals,
  createTotalsWorld,
  expectedTotals,
  type Total,
  type TotalsWorld,
} from '../test/totals-world.ts';
import { createSystemClock } from './clock.ts';
import { createEventStore } from './event-store.ts';
import { createProjector } from './projector.ts';

const PAGE = 1_000;
const STOP = { retries: 0, backoffMs: 1, giveUp: 'stop' } as const;

/** Read models that write down how far each step went. */
function createSteppedReadModels(rowsPerStep?: number) {
  const steps: bigint[] = [];
  const readModels = createMemoryReadModels();
  const open = async (shape: Parameters<ReadModelEngine['open']>[0]) => {
    const table = await readModels.open(shape);
    const apply: typeof table.apply = async (step) => {
      const applied = await table.apply(step);
      if (applied === 'applied') steps.push(step.to);
      return applied;
    };
    return { ...table, apply, ...(rowsPerStep !== undefined && { rowsPerStep }) };
  };
  const stepped = { ...readModels, open: open as ReadModelEngine['open'] };
  return { readModels: stepped, steps };
}

interface Filling {
  readonly events: number;
  /** Streams, in turn. */
  readonly counters: number;
  /** Position of one that cannot be folded. */
  readonly failsAt?: number;
}

async function fill(world: TotalsWorld, { events, counters, failsAt }: Filling): Promise<void> {
  for (let first = 0; first < events; first += 500) {
    const batch = Array.from({ length: Math.min(500, events - first) }, (_, n): NewEvent => {
      const by = first + n + 1 === failsAt ? -1 : 1;
      const stream = `counter-${(first + n) % counters}` as const;
      return newEvent(stream, { type: 'Incremented', data: { by } });
    });
    await world.engine.commit([{ events: batch, conditions: [] }]);
  }
}

async function rowsOf(world: TotalsWorld, table: Pick<ReadModelTable<object>, 'get'>) {
  const expected = await expectedTotals(world);
  const stored = await Promise.all([...expected.keys()].map((key) => table.get(key)));
  return { stored, expected: [...expected.values()] };
}

test('who catches up takes many full pages into one step, and each event once', async () => {
  const { readModels, steps } = createSteppedReadModels();
  const world = createTotalsWorld({ readModels });
  await fill(world, { events: 66 * PAGE + 5, counters: 10 });
  const live = await world.open();
  await catchUp(world, live);
  expect(steps).toEqual([BigInt(64 * PAGE), BigInt(66 * PAGE + 5)]);
  const { stored, expected } = await rowsOf(world, live);
  expect(stored).toEqual(expected);
});

test.each([
  [undefined, [1n, 2n, 3n, 4n, 5n]],
  [1_500, [2n, 4n, 5n]],
  [3_000, [3n, 5n]],
])('a step ends with the page at which it has changed %s rows', async (rowsPerStep, pages) => {
  const { readModels, steps } = createSteppedReadModels(rowsPerStep);
  const world = createTotalsWorld({ readModels });
  await fill(world, { events: 5 * PAGE, counters: 3_500 });
  await catchUp(world, await world.open());
  expect(steps).toEqual(pages.map((page) => page * BigInt(PAGE)));
});

test('a step ends with the page at which its rows are large, so that they fit into memory', async () => {
  const { readModels, steps } = createSteppedReadModels(10_000);
  const world = createTotalsWorld({ readModels });
  await fill(world, { events: 3 * PAGE, counters: 3 * PAGE });
  const totals = createTotals(() => false);
  const text = 'x'.repeat(20_000);
  const evolve: typeof totals.evolve = (...given) => {
    const row = totals.evolve(...given);
    return row && { ...row, text };
  };
  await catchUp(world, await world.open({ readModel: { ...totals, evolve } }));
  expect(steps).toEqual([1n, 2n, 3n].map((page) => page * BigInt(PAGE)));
});

test('who is to leave room for others takes one page a step', async () => {
  const { readModels, steps } = createSteppedReadModels();
  const world = createTotalsWorld();
  await fill(world, { events: 3 * PAGE, counters: 10 });
  const readModel = createTotals(() => false);
  const stop = new AbortController();
  const projector = createProjector({
    store: createEventStore(world.engine),
    codec: counterCodec,
    table: await readModels.open<Total>(readModel),
    clock: createSystemClock(),
    onFailure: STOP,
    log: createLogKeeper().log,
    eventsPerSecond: 1_000_000_000,
    onProgress: (checkpoint) => {
      if (checkpoint === BigInt(3 * PAGE)) stop.abort();
    },
    readModel,
  });
  await projector.run(stop.signal);
  expect(steps).toEqual([1n, 2n, 3n].map((page) => page * BigInt(PAGE)));
});

test.each([1, 7])(
  'what stands before event %d of a later page is applied when that one fails',
  async (place) => {
    const failsAt = 2 * PAGE + place;
    const world = createTotalsWorld();
    await fill(world, { events: 4 * PAGE, counters: 10, failsAt });
    const live = await world.open({ onFailure: STOP });
    await expect(live.runnable.run(new AbortController().signal)).rejects.toMatchObject({
      code: 'READ_MODEL_STOPPED',
      facts: { position: String(failsAt) },
    });
    expect(await live.checkpoint()).toBe(BigInt(failsAt - 1));
    const repaired = await world.open({ readModel: createTotals(() => false), onFailure: STOP });
    await catchUp(world, repaired);
    const { stored, expected } = await rowsOf(world, repaired);
    expect(stored).toEqual(expected);
  },
);

test('a key that fails on a later page is parked there, with all that follows', async () => {
  const failsAt = 2 * PAGE + 7;
  const world = createTotalsWorld();
  await fill(world, { events: 4 * PAGE, counters: 10, failsAt });
  const live = await world.open();
  await catchUp(world, live);
  const [parked, ...others] = await live.parked.list(9);
  const perCounter = (4 * PAGE) / 10;
  expect(others).toEqual([]);
  expect(parked).toMatchObject({ key: 'counter-6', position: BigInt(failsAt) });
  expect(await live.get('counter-6')).toMatchObject({ total: (2 * PAGE) / 10 });
  expect(parked?.waiting).toBe(perCounter - (2 * PAGE) / 10 - 1);
  expect(await live.get('counter-7')).toMatchObject({ total: perCounter });
});
