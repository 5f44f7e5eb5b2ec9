import {
  ERASED,
  type ParkedChange,
  type ReadModelTable,
  type Recorded,
  sliceOf,
} from '@tidemark/core';
import { describe, expect, test } from 'vitest';
import { counterCodec } from '../test/counter.ts';
import { randomFrom } from '../test/random.ts';
import { plant, TOTALS } from '../test/rebuilds.ts';
import {
  createTotals,
  createTotalsWorld,
  type Total,
  type TotalsWorld,
} from '../test/totals-world.ts';
import { COMPARISON_BEGUN, type ComparisonNote, compareOn } from './compare-builds.ts';
import { differenceOf } from './compare-rows.ts';
import { placeEvent } from './place-event.ts';

const SEEDS = Array.from({ length: 20 }, (_, n) => Number(process.env.SEED ?? 9_000 + n));
/** Fails at a few amounts, and deletes at others. */
const totals = createTotals((by) => by === 13);

/** Puts a build to where its slices stand at those positions, as its projectors would have. */
async function bring(
  { engine }: TotalsWorld,
  table: ReadModelTable<Total>,
  positions: readonly bigint[],
): Promise<void> {
  const count = positions.length;
  await table.slicing?.divide(count);
  const { events } = await engine.readLog({ after: 0n, limit: 10_000 });
  for (const [index, to] of positions.entries()) {
    if (to === 0n) continue;
    const mine = events.filter((one) => one.position <= to && sliceOf(one.stream, count) === index);
    const step = { slice: { index, count }, from: 0n, to, ...foldAll(mine) };
    expect(await table.apply(step)).toBe('applied');
  }
}

function foldAll(events: readonly Recorded[]) {
  const rows = new Map<string, Total | undefined>();
  const parked = new Map<string, ParkedChange>();
  for (const recorded of events) {
    const { stream: key, position, id: eventId } = recorded;
    if (parked.has(key)) continue;
    try {
      rows.set(key, totals.evolve(rows.get(key), placeEvent(counterCodec, recorded), key));
    } catch {
      const failed = { position, eventId, error: 'no', since: '2030-01-01', waiting: 0 };
      parked.set(key, { key, was: undefined, becomes: { key, ...failed } });
    }
  }
  return { rows, parked: [...parked.values()] };
}

async function compared(world: TotalsWorld, limit = 4): Promise<ComparisonNote> {
  const [one, other] = [
    await world.readModels.open<Total>(TOTALS, 1),
    await world.readModels.open<Total>(TOTALS, 2),
  ];
  const parts = { store: world.engine, codec: counterCodec, readModel: totals, keys: undefined };
  let note: ComparisonNote = COMPARISON_BEGUN;
  while (!note.isDone) {
    const next = await compareOn({ ...parts, one, other, limit }, note);
    if (next === 'apart') throw new Error('apart');
    note = next;
  }
  return note;
}

/** Two builds of one log, their slices wherever chance put them. */
async function scatteredWorld(seed: number) {
  const random = randomFrom(seed);
  const world = createTotalsWorld();
  const below = (most: number): number => Math.floor(random() * most);
  const events = 40 + below(80);
  for (let n = 0; n < events; n += 1) {
    const by = random() < 0.1 ? 0 : random() < 0.04 ? 13 : 1 + below(9);
    await world.add(`${below(30)}`, by);
  }
  const first = await world.readModels.open<Total>(TOTALS);
  await world.readModels.builds?.add(TOTALS, '2030-01-01T00:00:00.000Z');
  const second = await world.readModels.open<Total>(TOTALS, 2);
  for (const table of [first, second]) {
    const positions = Array.from({ length: 1 + below(4) }, () => BigInt(below(events + 1)));
    await bring(world, table, positions);
  }
  return { ...world, random };
}

describe('a comparison', () => {
  test.each(SEEDS)(
    'finds no difference between builds that stand elsewhere (SEED=%i)',
    async (seed) => {
      const world = await scatteredWorld(seed);
      expect(await compared(world, 1 + (seed % 5))).toMatchObject({
        isDone: true,
        rowsDiffering: 0,
      });
    },
  );

  test.each(SEEDS)(
    'finds the one row that is wrong, wherever builds stand (SEED=%i)',
    async (seed) => {
      const world = await scatteredWorld(seed);
      const build = world.random() < 0.5 ? 1 : 2;
      await plant(world.readModels, { id: 'counter-x', total: 1, seen: [0] }, build);
      expect(await compared(world, 1 + (seed % 5))).toMatchObject({
        rowsDiffering: 1,
        firstDifference: { key: 'counter-x', kind: build === 1 ? 'missing' : 'added' },
      });
    },
  );

  test('waits while a build is so far behind that each page would read much of the log', async () => {
    const world = createTotalsWorld();
    for (let n = 0; n < 3; n += 1) await world.add('1', 1);
    const one = await world.readModels.open<Total>(TOTALS);
    await world.readModels.builds?.add(TOTALS, '2030-01-01T00:00:00.000Z');
    const other = await world.readModels.open<Total>(TOTALS, 2);
    const whole = { index: 0, count: 1 };
    await one.apply({ slice: whole, from: 0n, to: 10_001n, rows: new Map() });
    const parts = { store: world.engine, codec: counterCodec, readModel: totals, keys: undefined };
    expect(await compareOn({ ...parts, one, other, limit: 9 }, COMPARISON_BEGUN)).toBe('apart');
  });

  test('takes other ciphertexts of a subject who was erased for equal, and of others not', async () => {
    const world = createTotalsWorld();
    const one = await world.readModels.open<Total>(TOTALS);
    await world.readModels.builds?.add(TOTALS, '2030-01-01T00:00:00.000Z');
    const other = await world.readModels.open<Total>(TOTALS, 2);
    for (const [build, $sealed] of [
      [1, 'abc'],
      [2, 'def'],
    ] as const) {
      for (const subject of ['erased', 'kept']) {
        const name = { $subject: subject, $sealed };
        await plant(world.readModels, { id: subject, total: 1, seen: [], name } as Total, build);
      }
    }
    const keys = {
      fetch: async () => new Map([['kept', { seal: () => never(), open: () => never() }]]),
    };
    const parts = { store: world.engine, codec: counterCodec, readModel: totals, keys };
    const note = await compareOn({ ...parts, one, other, limit: 9 }, COMPARISON_BEGUN);
    expect(note).toMatchObject({
      rowsCompared: 2,
      rowsDiffering: 1,
      firstDifference: { key: 'kept', kind: 'changed', field: 'name' },
    });
    expect(JSON.stringify(note)).not.toMatch(/abc|def/);
  });
});

describe('the first field that differs', () => {
  const sealed = ($sealed: string, $subject = 'p') => ({ $sealed, $subject });
  test.each([
    [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, undefined],
    [{ a: 1, b: 2 }, { a: 2, b: 3 }, 'a'],
    [{ a: { c: 1, d: [0, 1] } }, { a: { c: 1, d: [0, 2] } }, 'a.d.1'],
    [{ a: 1 }, { a: 1, b: null }, 'b'],
    [{ a: [] }, { a: {} }, 'a'],
    [{ a: null }, { a: {} }, 'a'],
    [{ a: '1' }, { a: 1 }, 'a'],
    [{ a: sealed('x') }, { a: sealed('x') }, undefined],
    [{ a: sealed('x') }, { a: sealed('y') }, 'a'],
    [{ a: sealed('x', 'gone') }, { a: sealed('y', 'gone') }, undefined],
    [{ a: sealed('x', 'gone') }, { a: ERASED }, undefined],
    [{ a: sealed('x') }, { a: ERASED }, 'a'],
    [{ a: ERASED }, { a: ERASED }, undefined],
    [{ a: sealed('x', 'gone') }, { a: sealed('x', 'p') }, 'a'],
    [{ a: sealed('x', 'gone') }, { a: 'plain' }, 'a'],
  ])('of %o and %o is %s', (one, other, field) => {
    expect(differenceOf(one, other, (subject) => subject === 'gone')).toBe(field);
    expect(differenceOf(other, one, (subject) => subject === 'gone')).toBe(field);
  });
});

function never(): never {
  throw new Error('a comparison opens nothing');
}
