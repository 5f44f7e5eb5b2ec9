import { type ReadModelEngine, WHOLE } from '@tidemark/core';
import { expect } from 'vitest';
import { ANSWERED_OR_REFUSED, endedByClosing } from './ended-by-closing.ts';
import {
  idsOf,
  openTable,
  put,
  type ReadModelCase,
  rowsOf,
  TEST_SHAPE,
} from './read-model-contract-case.ts';

const SINCE = '2030-01-01T00:00:00.000Z';

export const readModelVersionCases: readonly ReadModelCase[] = [
  {
    name: 'rows and checkpoints are there after opening again',
    needs: 'reopen',
    run: async ({ readModels, reopen }) => {
      await put(await openTable(readModels), rowsOf({ id: 'a', size: 1 }));
      const table = await openTable(await (reopen as () => Promise<ReadModelEngine>)());
      expect(await table.checkpoint(WHOLE)).toBe(1n);
      expect(await table.get('a')).toEqual({ id: 'a', size: 1 });
      expect(idsOf(await table.find({ index: 'by_size', equals: [1], limit: 9 }))).toEqual(['a']);
    },
  },
  {
    name: 'versions and read models live side by side',
    run: async ({ readModels }) => {
      const one = await openTable(readModels);
      const two = await openTable(readModels, { version: 2, indexes: { by_note: ['note'] } });
      const other = await openTable(readModels, { name: 'other-rows' });
      await put(one, rowsOf({ id: 'a', size: 1 }));
      await put(two, rowsOf({ id: 'a', note: 'two' }));
      expect(await one.get('a')).toEqual({ id: 'a', size: 1 });
      expect(await two.get('a')).toEqual({ id: 'a', note: 'two' });
      expect(await other.get('a')).toBeUndefined();
      expect(await other.checkpoint(WHOLE)).toBe(0n);
    },
  },
  {
    name: 'other indexes under the same version are refused, saying to raise it',
    needs: 'reopen',
    run: async ({ readModels, reopen }) => {
      await openTable(readModels);
      const again = await (reopen as () => Promise<ReadModelEngine>)();
      const changed = openTable(again, { indexes: { by_size: ['size', 'colour'] } });
      await expect(changed).rejects.toMatchObject({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining('raise its version'),
      });
      await openTable(again, { version: 2, indexes: { by_size: ['size', 'colour'] } });
    },
  },
  {
    name: 'the order in which indexes are declared does not matter',
    run: async ({ readModels }) => {
      const [first, second] = [{ by_a: ['size'] }, { by_b: ['colour'] }] as const;
      await openTable(readModels, { indexes: { ...first, ...second } });
      await openTable(readModels, { indexes: { ...second, ...first } });
    },
  },
  {
    name: 'names that no engine could keep are refused',
    run: async ({ readModels }) => {
      const bad = [
        { name: 'Rows' },
        { name: 'a"b' },
        { name: '' },
        { version: 0 },
        { version: 1.5 },
      ];
      for (const changes of [
        ...bad,
        { indexes: { 'a;b': ['size'] } as const },
        { indexes: { none: [] } },
      ]) {
        const refused = { code: 'CONFIGURATION_INVALID' };
        await expect(openTable(readModels, changes)).rejects.toMatchObject(refused);
      }
    },
  },
  {
    name: 'clearing removes all rows and checkpoints of this version only',
    run: async ({ readModels }) => {
      const [table, kept] = [
        await openTable(readModels),
        await openTable(readModels, { version: 2 }),
      ];
      await put(table, rowsOf({ id: 'a', size: 1 }, { id: 'b' }));
      await put(kept, rowsOf({ id: 'a' }));
      await table.apply({ slice: { index: 0, count: 2 }, from: 0n, to: 4n, rows: new Map() });
      await table.clear();
      expect(await table.checkpoint(WHOLE)).toBe(0n);
      expect(await table.checkpoint({ index: 0, count: 2 })).toBe(0n);
      expect((await table.find({ index: 'by_size', equals: [], limit: 9 })).items).toEqual([]);
      expect(await kept.get('a')).toEqual({ id: 'a' });
      await put(table, rowsOf({ id: 'a', size: 1 }));
    },
  },
  {
    name: 'after closing, every call is a fault',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await put(table, rowsOf({ id: 'a' }));
      await readModels.close();
      const { checkpoints, snapshots, builds } = readModels;
      const { parking, slicing, scan } = table;
      const calls: readonly (() => unknown)[] = [
        () => openTable(readModels),
        () => table.checkpoint(WHOLE),
        () => table.load(['a']),
        () => table.get('a'),
        () => table.find({ index: 'by_size', equals: [], limit: 1 }),
        () => table.apply({ slice: WHOLE, from: 1n, to: 2n, rows: rowsOf({ id: 'b' }) }),
        () => table.clear(),
        () => checkpoints.load('a'),
        () => checkpoints.save('a', 1n),
        ...(parking ? [() => parking.list(1), () => parking.load(['a'])] : []),
        ...(slicing ? [slicing.read, () => slicing.divide(2)] : []),
        ...(scan ? [() => scan(undefined, 1)] : []),
        ...(snapshots ? [() => snapshots.load('a'), () => snapshots.drop('a')] : []),
        ...(builds ? [() => builds.list('test-rows'), () => builds.add(TEST_SHAPE, SINCE)] : []),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      }
    },
  },
  {
    name: 'what was asked before it was closed is answered or refused by when it is closed',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await put(table, rowsOf({ id: 'a' }));
      const calls = Array.from({ length: 4 }, () => [
        table.get('a'),
        table.load(['a', 'b']),
        table.find({ index: 'by_size', equals: [], limit: 1 }),
        table.checkpoint(WHOLE),
        readModels.checkpoints.save('reader', 1n),
      ]);
      const ended = await endedByClosing(readModels.close, calls.flat());
      expect(ended.filter((how) => !ANSWERED_OR_REFUSED.includes(how))).toEqual([]);
    },
  },
  {
    name: 'of steps that were under way when it was closed, those answered are stored, and those refused are not',
    needs: 'reopen',
    run: async ({ readModels, reopen }) => {
      const names = ['one', 'two'];
      const all = await Promise.all(names.map((name) => openTable(readModels, { name })));
      await Promise.all(all.map((table) => table.get('a')));
      const steps = all.map((table) =>
        table.apply({ slice: WHOLE, from: 0n, to: 1n, rows: rowsOf({ id: 'a' }) }).then(
          (answer): string => answer,
          ({ code }) => code,
        ),
      );
      await readModels.close();
      const ended = await Promise.all(steps);
      const again = await (reopen as () => Promise<ReadModelEngine>)();
      for (const [at, name] of names.entries()) {
        const table = await openTable(again, { name });
        const stored = [await table.checkpoint(WHOLE), (await table.load(['a'])).size];
        if (ended[at] === 'applied') expect(stored).toEqual([1n, 1]);
        else if (ended[at] === 'STORE_UNAVAILABLE') expect(stored).toEqual([0n, 0]);
        else expect(ended[at]).toBe('OUTCOME_UNKNOWN');
      }
    },
  },
];
