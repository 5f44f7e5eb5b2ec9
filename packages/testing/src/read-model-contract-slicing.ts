import { type ReadModelSlicing, type ReadModelTable, type Slice, WHOLE } from '@tidemark/core';
import { expect } from 'vitest';
import {
  openTable,
  put,
  type ReadModelCase,
  rowsOf,
  type TestRow,
} from './read-model-contract-case.ts';

const FAR = 2n ** 60n + 1n;

export const readModelSlicingCases: readonly ReadModelCase[] = [
  {
    name: 'a new table is one slice and is divided at once',
    needs: 'slicing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      expect(await slicingOf(table).read()).toEqual({ count: 1, checkpoints: [0n] });
      const three = { count: 3, checkpoints: [0n, 0n, 0n] };
      expect(await slicingOf(table).divide(3)).toEqual(three);
      expect(await slicingOf(table).read()).toEqual(three);
    },
  },
  {
    name: 'slices that stand at one position are divided anew there',
    needs: 'slicing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await table.apply({ slice: WHOLE, from: 0n, to: FAR, rows: rowsOf({ id: 'a' }) });
      expect(await slicingOf(table).divide(2)).toEqual({ count: 2, checkpoints: [FAR, FAR] });
      expect(await table.checkpoint({ index: 1, count: 2 })).toBe(FAR);
      expect(await slicingOf(table).divide(1)).toEqual({ count: 1, checkpoints: [FAR] });
      expect(await table.get('a')).toEqual({ id: 'a' });
    },
  },
  {
    name: 'slices that are no longer in force are overtaken, also from the beginning',
    needs: 'slicing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await slicingOf(table).divide(1);
      await slicingOf(table).divide(2);
      expect(await move(table, WHOLE, [0n, 5n])).toBe('overtaken');
      expect(await move(table, { index: 1, count: 2 }, [0n, 5n])).toBe('applied');
      expect(await table.get('row-5')).toBeDefined();
    },
  },
  {
    name: 'the foremost slice is held until the others have come, and nothing is divided before',
    needs: 'slicing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const [first, second] = await divided(table);
      await move(table, first, [0n, 7n]);
      await move(table, second, [0n, 4n]);
      const waiting = { count: 2, checkpoints: [7n, 4n], next: { count: 3, at: 7n } };
      expect(await slicingOf(table).divide(3)).toEqual(waiting);
      expect(await move(table, first, [7n, 8n])).toBe('overtaken');
      expect(await move(table, second, [4n, 8n])).toBe('overtaken');
      expect(await move(table, second, [4n, 6n])).toBe('applied');
      expect((await slicingOf(table).divide(3)).next).toEqual({ count: 3, at: 7n });
      expect(await move(table, second, [6n, 7n])).toBe('applied');
      expect(await slicingOf(table).divide(3)).toEqual({ count: 3, checkpoints: [7n, 7n, 7n] });
      expect(await move(table, { index: 2, count: 3 }, [7n, 8n])).toBe('applied');
    },
  },
  {
    name: 'who asks for another division while one is to come is the one who gets it',
    needs: 'slicing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const [first, second] = await divided(table);
      await move(table, first, [0n, 7n]);
      await slicingOf(table).divide(3);
      expect((await slicingOf(table).divide(2)).next).toEqual({ count: 2, at: 7n });
      await move(table, second, [0n, 7n]);
      expect(await slicingOf(table).divide(2)).toEqual({ count: 2, checkpoints: [7n, 7n] });
    },
  },
  {
    name: 'asking for the division in force changes nothing',
    needs: 'slicing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const [first] = await divided(table);
      await move(table, first, [0n, 7n]);
      expect(await slicingOf(table).divide(2)).toEqual({ count: 2, checkpoints: [7n, 0n] });
    },
  },
  {
    name: 'a cleared table stays divided, from the beginning',
    needs: 'slicing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const [first] = await divided(table);
      await move(table, first, [0n, 7n]);
      await slicingOf(table).divide(3);
      await table.clear();
      expect(await slicingOf(table).read()).toEqual({ count: 2, checkpoints: [0n, 0n] });
      expect(await move(table, WHOLE, [0n, 5n])).toBe('overtaken');
    },
  },
  {
    name: 'counts that make no sense are refused, and other tables are left alone',
    needs: 'slicing',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      for (const count of [0, -1, 1.5, 257, Number.NaN]) {
        await expect(slicingOf(table).divide(count)).rejects.toThrow(RangeError);
      }
      await slicingOf(table).divide(2);
      const other = await openTable(readModels, { version: 2 });
      await put(other, rowsOf({ id: 'a' }));
      expect(await slicingOf(other).read()).toEqual({ count: 1, checkpoints: [1n] });
    },
  },
];

function slicingOf(table: ReadModelTable<TestRow>): ReadModelSlicing {
  if (table.slicing === undefined) throw new Error('the table has no slicing');
  return table.slicing;
}

async function divided(table: ReadModelTable<TestRow>): Promise<readonly [Slice, Slice]> {
  await slicingOf(table).divide(2);
  return [
    { index: 0, count: 2 },
    { index: 1, count: 2 },
  ];
}

function move(table: ReadModelTable<TestRow>, slice: Slice, [from, to]: readonly [bigint, bigint]) {
  return table.apply({ slice, from, to, rows: rowsOf({ id: `row-${to}` }) });
}
