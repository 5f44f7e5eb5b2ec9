import {
  type ParkedChange,
  type ParkedRow,
  type ReadModelEngine,
  type ReadModelParking,
  type ReadModelTable,
  WHOLE,
} from '@tidemark/core';
import { expect } from 'vitest';
import {
  openTable,
  put,
  type ReadModelCase,
  rowsOf,
  type TestRow,
} from './read-model-contract-case.ts';

const FAR = 2n ** 60n + 1n;
const NOBODY: ReadonlyMap<string, TestRow> = new Map();

export const readModelParkingCases: readonly ReadModelCase[] = [
  {
    name: 'a step parks keys together with its rows and its checkpoint',
    needs: 'parking',
    run: async ({ readModels }) => {
      const { table, parking } = await openParking(readModels);
      const failed = parkedRow({ key: 'b', position: FAR, error: 'row\0of b: é' });
      await table.apply({
        ...{ slice: WHOLE, from: 0n, to: FAR, rows: rowsOf({ id: 'a' }) },
        parked: [{ key: 'b', was: undefined, becomes: failed }],
      });
      expect(await parking.load(['a', 'b', 'c'])).toEqual(new Map([['b', failed]]));
      expect(await parking.load([])).toEqual(new Map());
      expect(await table.checkpoint(WHOLE)).toBe(FAR);
    },
  },
  {
    name: 'a step that is overtaken parks nothing',
    needs: 'parking',
    run: async ({ readModels }) => {
      const { table, parking } = await openParking(readModels);
      await put(table, rowsOf({ id: 'a' }));
      const step = { slice: WHOLE, from: 0n, to: 9n, rows: NOBODY, parked: [parks('a')] };
      expect(await table.apply(step)).toBe('overtaken');
      expect(await parking.list(9)).toEqual([]);
    },
  },
  {
    name: 'a step that was made while a key was parked otherwise is overtaken and changes nothing',
    needs: 'parking',
    run: async ({ readModels }) => {
      const { table, parking } = await openParking(readModels);
      const one = parkedRow({ key: 'a' });
      await parking.settle({ rows: NOBODY, parked: [parks('a')] });
      const others = [undefined, { ...one, waiting: 1 }, { ...one, position: 2n }];
      for (const was of others) {
        const parked = [{ key: 'a', was, becomes: { ...one, waiting: 5 } }];
        const step = { slice: WHOLE, from: 0n, to: 1n, rows: rowsOf({ id: 'b' }), parked };
        expect(await table.apply(step)).toBe('overtaken');
      }
      expect(await table.get('b')).toBeUndefined();
      expect(await table.checkpoint(WHOLE)).toBe(0n);
      expect(await parking.list(9)).toEqual([one]);
    },
  },
  {
    name: 'settling changes rows and what is parked, and leaves the checkpoint',
    needs: 'parking',
    run: async ({ readModels }) => {
      const { table, parking } = await openParking(readModels);
      await put(table, rowsOf({ id: 'a', size: 1 }, { id: 'b' }));
      await parking.settle({ rows: NOBODY, parked: [parks('a'), parks('b')] });
      const rows = new Map([...rowsOf({ id: 'a', size: 2 }), ['b', undefined]]);
      const parked = [unparks('a'), unparks('b')];
      expect(await parking.settle({ rows, parked })).toBe('settled');
      expect(await table.load(['a', 'b'])).toEqual(rowsOf({ id: 'a', size: 2 }));
      expect(await parking.list(9)).toEqual([]);
      expect(await table.checkpoint(WHOLE)).toBe(1n);
    },
  },
  {
    name: 'settling what has changed in the meantime is overtaken and changes nothing',
    needs: 'parking',
    run: async ({ readModels }) => {
      const { table, parking } = await openParking(readModels);
      await parking.settle({ rows: NOBODY, parked: [parks('a')] });
      const waited = { key: 'a', was: parkedRow({ key: 'a' }), becomes: parkedRow({ waiting: 1 }) };
      await table.apply({ slice: WHOLE, from: 0n, to: 1n, rows: NOBODY, parked: [waited] });
      const late = { rows: rowsOf({ id: 'a', size: 9 }), parked: [unparks('a')] };
      expect(await parking.settle(late)).toBe('overtaken');
      expect(await table.get('a')).toBeUndefined();
      expect(await parking.list(9)).toEqual([parkedRow({ waiting: 1 })]);
    },
  },
  {
    name: 'of two that settle one key exactly one is settled',
    needs: ['openSecond', 'parking'],
    run: async ({ readModels, openSecond }) => {
      const first = await openParking(readModels);
      const second = await openParking(await (openSecond as () => Promise<ReadModelEngine>)());
      await first.parking.settle({ rows: NOBODY, parked: [parks('a')] });
      const answers = await Promise.all(
        [first, second].map(({ parking }, n) =>
          parking.settle({ rows: rowsOf({ id: 'a', size: n }), parked: [unparks('a')] }),
        ),
      );
      expect([...answers].sort()).toEqual(['overtaken', 'settled']);
      expect(await first.table.get('a')).toEqual({ id: 'a', size: answers.indexOf('settled') });
    },
  },
  {
    name: 'parked rows are listed in key order, page by page, each table for itself',
    needs: 'parking',
    run: async ({ readModels }) => {
      const { parking } = await openParking(readModels);
      const other = (await openTable(readModels, { version: 2 })).parking;
      const keys = ['b', 'a\0', '~', 'A', 'é', 'a', '🦀', '\uffff', ''];
      await parking.settle({ rows: NOBODY, parked: keys.map((key) => parks(key)) });
      const sorted = ['', 'A', 'a', 'a\0', 'b', '~', 'é', '\uffff', '🦀'];
      const first = await parking.list(4);
      const rest = await parking.list(1_000, first.at(-1)?.key);
      expect([...first, ...rest].map(({ key }) => key)).toEqual(sorted);
      expect(await other?.list(9)).toEqual([]);
    },
  },
  {
    name: 'clearing removes what is parked',
    needs: 'parking',
    run: async ({ readModels }) => {
      const { table, parking } = await openParking(readModels);
      await parking.settle({ rows: NOBODY, parked: [parks('a')] });
      await table.clear();
      expect(await parking.list(9)).toEqual([]);
    },
  },
  {
    name: 'what is parked is there after opening again',
    needs: ['reopen', 'parking'],
    run: async ({ readModels, reopen }) => {
      const { parking } = await openParking(readModels);
      await parking.settle({ rows: NOBODY, parked: [parks('a')] });
      const again = await openParking(await (reopen as () => Promise<ReadModelEngine>)());
      expect(await again.parking.list(9)).toEqual([parkedRow({ key: 'a' })]);
    },
  },
];

async function openParking(readModels: ReadModelEngine): Promise<{
  readonly table: ReadModelTable<TestRow>;
  readonly parking: ReadModelParking<TestRow>;
}> {
  const table = await openTable(readModels);
  if (table.parking === undefined) throw new Error('the table has no parking');
  return { table, parking: table.parking };
}

function parkedRow(changes: Partial<ParkedRow>): ParkedRow {
  const since = '2030-01-01T10:00:00.000Z';
  return { key: 'a', position: 1n, eventId: 'e.1', error: 'broken', since, waiting: 0, ...changes };
}

function parks(key: string): ParkedChange {
  return { key, was: undefined, becomes: parkedRow({ key }) };
}

function unparks(key: string): ParkedChange {
  return { key, was: parkedRow({ key }), becomes: undefined };
}
