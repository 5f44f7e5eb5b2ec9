import {
  type FindRequest,
  type ReadModelEngine,
  type ReadModelShape,
  type ReadModelTable,
  type Scalar,
  type Slice,
  WHOLE,
} from '@tidemark/core';
import { expect } from 'vitest';
import { createRandom, type Random } from './store-model-random.ts';

/** One random history of a read model's table. */
export interface ReadModelRun {
  readonly seed: number;
  /** Steps of the history, 1 or more. */
  readonly steps: number;
  /** The read models that define what is right, empty. */
  readonly model: ReadModelEngine;
  /** Opens the read models under test; called again, with the same storage, when the history reopens them. */
  readonly open: () => Promise<ReadModelEngine>;
  /** Shell command that repeats one seed. */
  readonly repeatWith: string;
}

interface Row {
  readonly id: string;
  readonly colour?: Scalar;
  readonly size?: Scalar;
  readonly note?: unknown;
}

interface Walk {
  readonly random: Random;
  readonly model: ReadModelTable<Row>;
  tested: ReadModelTable<Row>;
  readonly reopen: () => Promise<ReadModelTable<Row>>;
}

const SHAPE: ReadModelShape<Row> = {
  name: 'random-rows',
  version: 1,
  indexes: {
    by_colour: ['colour', 'size'],
    by_size: ['size'],
    by_all: ['size', 'colour', 'id'],
  },
};
const KEYS = ['k1', 'k2', 'k10', 'K1', 'ü', '€', '🦀', "'%_", ...'abcdefgh'];
// Numbers nearer to 0 than 2^-52 are left out: SQLite's driver for Node 20 orders them as 0.
const SCALARS: readonly Scalar[] = [
  ...[null, '', 'a', 'A', 'aa', 'ä', '€', '🦀', '1', '-1', "'", 'a\u0000b'],
  ...[0, 1, -1, 1.5, -1.5, 10, 1e15, 2 ** 53, 1e300, -1e300, 2 ** -40],
];
const NOTES: readonly unknown[] = [null, 'ü\u0000', [1, { a: [] }], { deep: { n: 1e21 } }, true];
const SLICES: readonly Slice[] = [WHOLE, { index: 0, count: 2 }, { index: 1, count: 2 }];
const MAX_PAGES = 100;

const STEPS: readonly ((walk: Walk) => Promise<unknown>)[] = [
  ...[apply, apply, apply, apply],
  ...[find, find, find, find],
  load,
  ({ random, model, tested }) => {
    const key = random.pick(KEYS);
    return same(model, tested, (table) => table.get(key));
  },
  async (walk) => {
    if (walk.random.chance(0.5)) walk.tested = await walk.reopen();
    else if (walk.random.chance(0.2)) await Promise.all([walk.model.clear(), walk.tested.clear()]);
  },
];

/**
 * Walks one random history over two tables and compares every answer: steps applied and overtaken, rows, pages
 * found by every index, order and range, cursors followed to the end, clearing, reopening.
 *
 * @throws what differs, with the step and the command that repeats it.
 *
 * @example
 * await runReadModelModel({ seed, steps: 80, model: createMemoryReadModels(), open, repeatWith: 'npm test -- model' });
 */
export async function runReadModelModel(run: ReadModelRun): Promise<void> {
  const random = createRandom(run.seed);
  let engine = await run.open();
  const reopen = async () => {
    await engine.close();
    engine = await run.open();
    return engine.open(SHAPE);
  };
  let step = 0;
  try {
    const model = await run.model.open(SHAPE);
    const walk: Walk = { random, model, tested: await engine.open(SHAPE), reopen };
    for (; step < run.steps; step += 1) await random.pick(STEPS)(walk);
    await same(walk.model, walk.tested, (table) => table.load(KEYS));
  } catch (cause) {
    const repeat = `SEED=${run.seed} ${run.repeatWith}`;
    throw new Error(`step ${step} differs: ${cause}\nrepeat it with: ${repeat}`, { cause });
  } finally {
    await engine.close();
  }
}

/** Asks both the same; answers what both answered. */
async function same<Answer>(
  model: ReadModelTable<Row>,
  tested: ReadModelTable<Row>,
  ask: (table: ReadModelTable<Row>) => Promise<Answer>,
): Promise<Answer> {
  const wanted = await ask(model);
  expect(await ask(tested)).toEqual(wanted);
  return wanted;
}

async function apply({ random, model, tested }: Walk): Promise<void> {
  const slice = random.pick(SLICES);
  const at = await same(model, tested, (table) => table.checkpoint(slice));
  const from = random.chance(0.85) ? at : at + BigInt(random.whole(1, 2));
  const to = from + BigInt(random.whole(1, 5));
  const keys = random.some(KEYS, 6);
  const rows = new Map(
    keys.map((key) => [key, random.chance(0.2) ? undefined : row(random, key)] as const),
  );
  await same(model, tested, (table) => table.apply({ slice, from, to, rows }));
}

function load({ random, model, tested }: Walk): Promise<unknown> {
  const keys = random.some(KEYS, 8);
  return same(model, tested, (table) => table.load(keys));
}

async function find({ random, model, tested }: Walk): Promise<void> {
  const request = question(random);
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const asked = cursor === undefined ? request : { ...request, cursor };
    const page = await same(model, tested, async (table) => {
      const { items, next } = await table.find(asked);
      return { items, hasNext: next !== undefined };
    });
    if (!page.hasNext) return;
    // Either's cursor is good for its own table; both must lead to the same rows.
    cursor = (await model.find(asked)).next;
    expect((await tested.find(asked)).next).toBe(cursor);
  }
}

function question(random: Random): FindRequest {
  const index = random.pick(Object.keys(SHAPE.indexes));
  const fields = SHAPE.indexes[index] as readonly string[];
  const equals = fields.slice(0, random.whole(0, fields.length)).map(() => random.pick(SCALARS));
  const bounded = equals.length < fields.length && random.chance(0.5);
  const range = {
    ...(random.chance(0.6) ? { from: random.pick(SCALARS) } : {}),
    ...(random.chance(0.6) ? { upTo: random.pick(SCALARS) } : {}),
  };
  return {
    ...{ index, equals, limit: random.pick([1, 2, 3, 1_000]) },
    ...(bounded ? { range } : {}),
    ...(random.chance(0.7) ? { order: random.pick(['ascending', 'descending'] as const) } : {}),
  };
}

function row(random: Random, id: string): Row {
  return {
    id,
    ...(random.chance(0.9) ? { colour: random.pick(SCALARS) } : {}),
    ...(random.chance(0.9) ? { size: random.pick(SCALARS) } : {}),
    ...(random.chance(0.5) ? { note: random.pick(NOTES) } : {}),
  };
}
