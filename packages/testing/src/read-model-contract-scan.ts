import { WHOLE } from '@tidemark/core';
import { expect } from 'vitest';
import { openTable, put, type ReadModelCase, rowsOf } from './read-model-contract-case.ts';

const SINCE = '2030-01-01T00:00:00.000Z';

export const readModelScanCases: readonly ReadModelCase[] = [
  {
    name: 'a scan reads all rows in the order of their keys, page after page',
    needs: 'builds',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const ids = ['', '\0', '\u0001', 'A', 'a', 'a\0', 'aa', 'é', '\uffff', '\u{10000}'];
      await put(table, rowsOf(...ids.map((id) => ({ id, size: 1 })).reverse()));
      const found: string[] = [];
      for (let after: string | undefined; ; after = found.at(-1)) {
        const page = await table.scan?.(after, 3);
        for (const [key, row] of page?.rows ?? []) {
          expect(row).toEqual({ id: key, size: 1 });
          found.push(key);
        }
        if ((page?.rows.length ?? 0) < 3 || found.length > ids.length) break;
      }
      expect(found).toEqual(ids);
    },
  },
  {
    name: 'a scan tells how the table is divided, and what is parked among its rows and behind the last',
    needs: 'builds',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const parked = ['a', 'b', 'd'].map((key) => {
        const failed = { position: 1n, eventId: 'e', error: 'no', since: SINCE, waiting: 0 };
        return { key, was: undefined, becomes: { key, ...failed } };
      });
      const rows = rowsOf({ id: 'b' }, { id: 'c' });
      await table.apply({ slice: WHOLE, from: 0n, to: 5n, rows, parked });
      const scan = async (after: string | undefined, limit: number) => {
        const page = await table.scan?.(after, limit);
        expect(page?.division).toEqual({ count: 1, checkpoints: [5n] });
        return page?.parked.map(({ key }) => key).sort();
      };
      expect(await scan(undefined, 1)).toEqual(['a', 'b']);
      expect(await scan('b', 1)).toEqual([]);
      expect(await scan('c', 1)).toEqual(['d']);
      expect(await scan('a', 9)).toEqual(['b', 'd']);
    },
  },
];
