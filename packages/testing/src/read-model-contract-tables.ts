import { type ReadModelEngine, type ReadModelTable, WHOLE } from '@tidemark/core';
import { expect } from 'vitest';
import {
  idsOf,
  openTable,
  put,
  type ReadModelCase,
  rowsOf,
  type TestRow,
} from './read-model-contract-case.ts';

/** More than a double holds without loss. */
const FAR = 2n ** 60n + 1n;
const RACES = 30;
/** Texts that a careless engine takes for one another. */
const ALIKE = ['a', 'A', 'a ', ' a', 'á', 'a\u0301', 'a\0', 'a\0b', 'a\u0001', "a'", 'a"', '%', ''];

const stepCases: readonly ReadModelCase[] = [
  {
    name: 'a table starts empty, at checkpoint 0',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      expect(await table.checkpoint(WHOLE)).toBe(0n);
      expect(await table.get('a')).toBeUndefined();
      expect(await table.load(['a'])).toEqual(new Map());
      expect(await table.find({ index: 'by_size', equals: [], limit: 10 })).toEqual({ items: [] });
    },
  },
  {
    name: 'a step writes its rows and moves the checkpoint',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const a = { id: 'a', size: 1, note: { deep: [1, 'two', null, true] } };
      const b = { id: 'b' };
      const step = { slice: WHOLE, from: 0n, to: 7n, rows: rowsOf(a, b) };
      expect(await table.apply(step)).toBe('applied');
      expect(await table.checkpoint(WHOLE)).toBe(7n);
      expect(await table.get('a')).toEqual(a);
      expect(await table.load(['b', 'c', 'a', 'b'])).toEqual(rowsOf(a, b));
    },
  },
  {
    name: 'a step replaces rows and deletes those that are undefined',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await put(table, rowsOf({ id: 'a', size: 1 }, { id: 'b', size: 2 }, { id: 'c', size: 3 }));
      await put(
        table,
        new Map([...rowsOf({ id: 'a', size: 9 }), ['b', undefined], ['x', undefined]]),
      );
      expect(await table.load(['a', 'b', 'c', 'x'])).toEqual(
        rowsOf({ id: 'a', size: 9 }, { id: 'c', size: 3 }),
      );
      const found = await table.find({ index: 'by_size', equals: [], limit: 10 });
      expect(idsOf(found)).toEqual(['c', 'a']);
    },
  },
  {
    name: 'a step without rows moves the checkpoint',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      expect(await table.apply({ slice: WHOLE, from: 0n, to: 3n, rows: new Map() })).toBe(
        'applied',
      );
      expect(await table.checkpoint(WHOLE)).toBe(3n);
    },
  },
  {
    name: 'a step from another checkpoint is overtaken and changes nothing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await table.apply({ slice: WHOLE, from: 0n, to: 5n, rows: rowsOf({ id: 'a', size: 1 }) });
      for (const from of [0n, 4n, 6n]) {
        const rows = new Map([...rowsOf({ id: 'b' }, { id: 'a', size: 2 }), ['c', undefined]]);
        expect(await table.apply({ slice: WHOLE, from, to: 9n, rows })).toBe('overtaken');
      }
      expect(await table.checkpoint(WHOLE)).toBe(5n);
      expect(await table.load(['a', 'b'])).toEqual(rowsOf({ id: 'a', size: 1 }));
    },
  },
  {
    name: 'a step that cannot be stored as a whole changes nothing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await put(table, rowsOf({ id: 'a', size: 1 }));
      const bad = { id: 'z', size: true as unknown as number };
      const rows = new Map([...rowsOf({ id: 'a', size: 2 }, { id: 'b' }), ['z', bad]]);
      const step = { slice: WHOLE, from: 1n, to: 2n, rows };
      await expect(table.apply(step)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
      expect(await table.checkpoint(WHOLE)).toBe(1n);
      expect(await table.load(['a', 'b', 'z'])).toEqual(rowsOf({ id: 'a', size: 1 }));
    },
  },
  {
    name: 'a step that does not go on is refused',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const step = { slice: WHOLE, from: 0n, to: 0n, rows: rowsOf({ id: 'a' }) };
      await expect(table.apply(step)).rejects.toThrow(RangeError);
      expect(await table.get('a')).toBeUndefined();
    },
  },
  {
    name: 'a step holds a thousand rows and more',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const rows = Array.from({ length: 2_500 }, (_, n) => ({ id: `row-${n}`, size: n }));
      await put(table, rowsOf(...rows));
      expect((await table.load(rows.map(({ id }) => id))).size).toBe(2_500);
      const page = await table.find({ index: 'by_size', equals: [], limit: 1_000 });
      expect(page.items).toEqual(rows.slice(0, 1_000));
    },
  },
  {
    name: 'positions beyond 2^53 are kept exactly',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await table.apply({ slice: WHOLE, from: 0n, to: FAR, rows: new Map() });
      expect(await table.checkpoint(WHOLE)).toBe(FAR);
      const step = { slice: WHOLE, from: FAR - 1n, to: FAR + 1n, rows: new Map() };
      expect(await table.apply(step)).toBe('overtaken');
    },
  },
  {
    name: 'each slice has a checkpoint of its own',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const [first, second] = [
        { index: 0, count: 2 },
        { index: 1, count: 2 },
      ];
      await table.apply({ slice: first, from: 0n, to: 5n, rows: rowsOf({ id: 'a' }) });
      await table.apply({ slice: second, from: 0n, to: 3n, rows: rowsOf({ id: 'b' }) });
      expect(await table.checkpoint(first)).toBe(5n);
      expect(await table.checkpoint(second)).toBe(3n);
      expect(await table.checkpoint(WHOLE)).toBe(0n);
      expect(await table.load(['a', 'b'])).toEqual(rowsOf({ id: 'a' }, { id: 'b' }));
    },
  },
  {
    name: 'keys that look alike are different rows',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await put(table, rowsOf(...ALIKE.map((id) => ({ id, size: 1 }))));
      expect(await table.load(ALIKE)).toEqual(rowsOf(...ALIKE.map((id) => ({ id, size: 1 }))));
      for (const id of ALIKE) expect(await table.get(id)).toEqual({ id, size: 1 });
    },
  },
  {
    name: 'rows are values: changing one that was given or answered changes nothing stored',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const given = { id: 'a', note: ['kept'] };
      await put(table, rowsOf(given));
      given.note.push('changed');
      const answered = [await table.get('a'), (await table.load(['a'])).get('a')];
      for (const row of answered) (row as typeof given).note.push('changed');
      expect(await table.get('a')).toEqual({ id: 'a', note: ['kept'] });
    },
  },
];

const raceCases: readonly ReadModelCase[] = [
  {
    name: 'of two that apply from one checkpoint exactly one is applied',
    needs: 'openSecond',
    run: async ({ readModels, openSecond }) => {
      const first = await openTable(readModels);
      const second = await openTable(await (openSecond as () => Promise<ReadModelEngine>)());
      for (let round = 0n; round < RACES; round += 1n) {
        const results = await Promise.all([
          applyCount(first, round, 'first'),
          applyCount(second, round, 'second'),
        ]);
        expect([...results].sort()).toEqual(['applied', 'overtaken']);
        const winner = results[0] === 'applied' ? 'first' : 'second';
        for (const table of [first, second]) {
          expect(await table.get('count')).toEqual({
            id: 'count',
            size: Number(round) + 1,
            note: winner,
          });
        }
      }
    },
  },
  {
    name: 'of 64 that apply from one checkpoint at the same time exactly one is applied',
    needs: 'openSecond',
    run: async ({ readModels, openSecond }) => {
      const first = await openTable(readModels);
      const second = await openTable(await (openSecond as () => Promise<ReadModelEngine>)());
      const results = await Promise.all(
        Array.from({ length: 64 }, (_, n) =>
          applyCount(n % 2 === 0 ? first : second, 0n, `caller ${n}`),
        ),
      );
      expect(results.filter((result) => result === 'applied')).toHaveLength(1);
      const note = `caller ${results.indexOf('applied')}`;
      expect(await first.get('count')).toEqual({ id: 'count', size: 1, note });
      expect(await second.checkpoint(WHOLE)).toBe(1n);
    },
  },
  {
    name: 'several that work on one table apply every position exactly once',
    needs: 'openSecond',
    run: async ({ readModels, openSecond }) => {
      const second = await (openSecond as () => Promise<ReadModelEngine>)();
      const tables = await Promise.all([
        openTable(readModels),
        openTable(second),
        openTable(readModels),
      ]);
      const [any] = tables;
      await Promise.all(tables.map((table) => countTo(table, BigInt(RACES))));
      expect(await any.checkpoint(WHOLE)).toBe(BigInt(RACES));
      expect(await any.get('count')).toMatchObject({ size: RACES });
    },
  },
];

export const readModelTableCases: readonly ReadModelCase[] = [...stepCases, ...raceCases];

function applyCount(table: ReadModelTable<TestRow>, from: bigint, note: string) {
  const rows = rowsOf({ id: 'count', size: Number(from) + 1, note });
  return table.apply({ slice: WHOLE, from, to: from + 1n, rows });
}

/** What a projector does: reads, folds, applies; starts again from the checkpoint when overtaken. */
async function countTo(table: ReadModelTable<TestRow>, end: bigint): Promise<void> {
  for (;;) {
    const from = await table.checkpoint(WHOLE);
    if (from >= end) return;
    const size = Number((await table.get('count'))?.size ?? 0) + 1;
    await table.apply({ slice: WHOLE, from, to: from + 1n, rows: rowsOf({ id: 'count', size }) });
  }
}
