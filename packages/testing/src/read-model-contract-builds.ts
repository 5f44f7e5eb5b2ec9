import {
  type ReadModelBuilds,
  type ReadModelEngine,
  type ReadModelTable,
  type StoredBuild,
  WHOLE,
} from '@tidemark/core';
import { expect } from 'vitest';
import {
  openTable,
  put,
  type ReadModelCase,
  rowsOf,
  TEST_SHAPE,
  type TestRow,
} from './read-model-contract-case.ts';

const SINCE = '2030-01-01T00:00:00.000Z';
const [NAME, V1] = [TEST_SHAPE.name, { name: TEST_SHAPE.name, version: 1 }];
const DROPPED = { code: 'READ_MODEL_DROPPED' };

const makingCases: readonly ReadModelCase[] = [
  {
    name: 'the first build of a read model is in force at once',
    needs: 'builds',
    run: async ({ readModels }) => {
      expect(await buildsOf(readModels).list(NAME)).toEqual([]);
      await openTable(readModels);
      const first = { version: 1, build: 1, isInForce: true, checkpoint: 0n };
      expect(await buildsOf(readModels).list(NAME)).toEqual([first]);
    },
  },
  {
    name: 'the first build of another version is not in force until it is put there',
    needs: 'builds',
    run: async ({ readModels }) => {
      await put(await openTable(readModels), rowsOf({ id: 'a' }));
      const second = await openTable(readModels, { version: 2 });
      expect(await second.get('a')).toBeUndefined();
      expect(await shortly(readModels)).toEqual(['1.1 in force', '2.1']);
      const which = { name: NAME, version: 2, build: 1 };
      expect(await buildsOf(readModels).enforce(which, undefined)).toBe('enforced');
      expect(await shortly(readModels)).toEqual(['1.1 in force', '2.1 in force']);
    },
  },
  {
    name: 'a build that is added is empty, and the one in force goes on as it is',
    needs: 'builds',
    run: async ({ readModels }) => {
      const first = await openTable(readModels);
      await put(first, rowsOf({ id: 'a', size: 1 }));
      const second = await added(readModels);
      expect(await second.get('a')).toBeUndefined();
      expect(await second.checkpoint(WHOLE)).toBe(0n);
      await put(second, rowsOf({ id: 'b', size: 2 }));
      await put(first, rowsOf({ id: 'c', size: 3 }));
      const asked = { index: 'by_size', equals: [], limit: 9 };
      expect((await second.find(asked)).items).toEqual([{ id: 'b', size: 2 }]);
      expect((await (await openTable(readModels)).find(asked)).items).toHaveLength(2);
      expect(await buildsOf(readModels).list(NAME)).toEqual([
        { version: 1, build: 1, isInForce: true, checkpoint: 2n },
        { version: 1, build: 2, isInForce: false, checkpoint: 1n, since: SINCE },
      ]);
    },
  },
  {
    name: 'of two that add a build exactly one does, and nobody beside one that is not in force',
    needs: 'builds',
    run: async ({ readModels }) => {
      await openTable(readModels);
      const adding = [1, 2].map(() => buildsOf(readModels).add(TEST_SHAPE, SINCE));
      expect((await Promise.all(adding)).sort()).toEqual(['added', 'refused']);
      expect(await shortly(readModels)).toEqual(['1.1 in force', '1.2']);
      await openTable(readModels, { version: 2 });
      const beside = buildsOf(readModels).add({ ...TEST_SHAPE, version: 2 }, SINCE);
      expect(await beside).toBe('refused');
    },
  },
  {
    name: 'a build that is added is divided as the one in force is to be',
    needs: 'builds',
    run: async ({ readModels }) => {
      const first = await openTable(readModels);
      await first.slicing?.divide(2);
      const rows = rowsOf({ id: 'a' });
      await first.apply({ slice: { index: 0, count: 2 }, from: 0n, to: 7n, rows });
      await first.slicing?.divide(3);
      const second = await added(readModels);
      expect(await second.slicing?.read()).toEqual({ count: 3, checkpoints: [0n, 0n, 0n] });
    },
  },
  {
    name: 'a build has come as far as its slowest slice',
    needs: 'builds',
    run: async ({ readModels }) => {
      const first = await openTable(readModels);
      await first.slicing?.divide(2);
      const rows = new Map();
      await first.apply({ slice: { index: 0, count: 2 }, from: 0n, to: 7n, rows });
      await first.apply({ slice: { index: 1, count: 2 }, from: 0n, to: 4n, rows });
      expect((await buildsOf(readModels).list(NAME))[0]?.checkpoint).toBe(4n);
    },
  },
];

const forceCases: readonly ReadModelCase[] = [
  {
    name: 'a build is put in force once it has come as far as the foremost slice of the other',
    needs: 'builds',
    run: async ({ readModels }) => {
      const first = await openTable(readModels);
      await first.slicing?.divide(2);
      const rows = rowsOf({ id: 'a', size: 1 });
      await first.apply({ slice: { index: 0, count: 2 }, from: 0n, to: 7n, rows });
      const second = await added(readModels);
      for (const [from, to, answer] of [
        [0n, 6n, 'behind'],
        [6n, 7n, 'enforced'],
      ] as const) {
        for (const index of [0, 1]) {
          await second.apply({ slice: { index, count: 2 }, from, to, rows: rowsOf({ id: 'b' }) });
        }
        expect(await buildsOf(readModels).enforce({ ...V1, build: 2 }, 1)).toBe(answer);
      }
      expect(await shortly(readModels)).toEqual(['1.1', '1.2 in force']);
      expect(await (await openTable(readModels)).get('b')).toEqual({ id: 'b' });
      expect(await first.get('a')).toEqual({ id: 'a', size: 1 });
    },
  },
  {
    name: 'who puts a build in force instead of one that is not any more is overtaken',
    needs: 'builds',
    run: async ({ readModels }) => {
      await openTable(readModels);
      await added(readModels);
      const { enforce } = buildsOf(readModels);
      expect(await enforce({ ...V1, build: 2 }, undefined)).toBe('overtaken');
      expect(await enforce({ ...V1, build: 3 }, 1)).toBe('overtaken');
      const both = await Promise.all([1, 2].map(() => enforce({ ...V1, build: 2 }, 1)));
      expect(both.sort()).toEqual(['enforced', 'overtaken']);
      expect(await shortly(readModels)).toEqual(['1.1', '1.2 in force']);
      expect(await enforce({ ...V1, build: 1 }, 2)).toBe('enforced');
      expect(await shortly(readModels)).toEqual(['1.1 in force', '1.2']);
    },
  },
  {
    name: 'another engine on the storage sees which build is in force, and both after opening again',
    needs: ['builds', 'openSecond'],
    run: async ({ readModels, openSecond }) => {
      await put(await openTable(readModels), rowsOf({ id: 'a' }));
      await put(await added(readModels), rowsOf({ id: 'b' }));
      await buildsOf(readModels).note({ ...V1, build: 2 }, undefined, 'noted');
      const other = await (openSecond as () => Promise<ReadModelEngine>)();
      await buildsOf(other).enforce({ ...V1, build: 2 }, 1);
      const seen = await buildsOf(readModels).list(NAME);
      expect(seen.map(({ isInForce }) => isInForce)).toEqual([false, true]);
      expect(seen.map(({ note }) => note)).toEqual([undefined, 'noted']);
      expect(await (await openTable(readModels)).get('b')).toEqual({ id: 'b' });
      expect(await (await openTable(other, {}, 1)).get('a')).toEqual({ id: 'a' });
    },
  },
  {
    name: 'a note on a build changes only for who has seen the one before',
    needs: 'builds',
    run: async ({ readModels }) => {
      await openTable(readModels);
      const { note } = buildsOf(readModels);
      const which = { ...V1, build: 1 };
      expect(await note(which, undefined, 'a')).toBe('noted');
      expect(await note(which, undefined, 'b')).toBe('overtaken');
      expect(await note(which, 'b', 'c')).toBe('overtaken');
      expect((await buildsOf(readModels).list(NAME))[0]?.note).toBe('a');
      expect(await note(which, 'a', undefined)).toBe('noted');
      expect((await buildsOf(readModels).list(NAME))[0]).not.toHaveProperty('note');
      expect(await note({ ...V1, build: 2 }, undefined, 'a')).toBe('overtaken');
    },
  },
];

const dropCases: readonly ReadModelCase[] = [
  {
    name: 'a build that was dropped is gone with its rows, and whoever has it open is told so',
    needs: 'builds',
    run: async ({ readModels }) => {
      await put(await openTable(readModels), rowsOf({ id: 'a' }));
      const second = await added(readModels);
      await put(second, rowsOf({ id: 'b' }));
      const which = { ...V1, build: 2, isInForce: false };
      expect(await buildsOf(readModels).drop(which)).toBe('dropped');
      expect(await shortly(readModels)).toEqual(['1.1 in force']);
      expect(await buildsOf(readModels).drop(which)).toBe('overtaken');
      const calls = [
        () => second.get('b'),
        () => second.load(['b']),
        () => second.find({ index: 'by_size', equals: [], limit: 1 }),
        () => second.checkpoint(WHOLE),
        () => second.apply({ slice: WHOLE, from: 1n, to: 2n, rows: new Map() }),
        () => second.apply({ slice: WHOLE, from: 0n, to: 2n, rows: rowsOf({ id: 'c' }) }),
        () => second.scan?.(undefined, 1),
        () => openTable(readModels, {}, 2),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject(DROPPED);
      expect(await (await openTable(readModels)).get('a')).toEqual({ id: 'a' });
    },
  },
  {
    name: 'numbers of builds are never given twice, also when a whole version was dropped',
    needs: 'builds',
    run: async ({ readModels }) => {
      await openTable(readModels);
      const second = await added(readModels);
      await put(second, rowsOf({ id: 'b' }));
      const { drop, add } = buildsOf(readModels);
      await drop({ ...V1, build: 2, isInForce: false });
      await add(TEST_SHAPE, SINCE);
      expect(await shortly(readModels)).toEqual(['1.1 in force', '1.3']);
      const third = await openTable(readModels, {}, 3);
      expect(await third.get('b')).toBeUndefined();
      expect(await third.checkpoint(WHOLE)).toBe(0n);
      await drop({ ...V1, build: 3, isInForce: false });
      await drop({ ...V1, build: 1, isInForce: true });
      expect(await shortly(readModels)).toEqual([]);
      await openTable(readModels);
      expect(await shortly(readModels)).toEqual(['1.4 in force']);
    },
  },
  {
    name: 'a build that came into force, or went out of it, since it was looked at is not dropped',
    needs: 'builds',
    run: async ({ readModels }) => {
      await openTable(readModels);
      await added(readModels);
      const { drop } = buildsOf(readModels);
      expect(await drop({ ...V1, build: 1, isInForce: false })).toBe('overtaken');
      expect(await drop({ ...V1, build: 2, isInForce: true })).toBe('overtaken');
      expect(await drop({ ...V1, version: 2, build: 2, isInForce: false })).toBe('overtaken');
      expect(await shortly(readModels)).toEqual(['1.1 in force', '1.2']);
    },
  },
  {
    name: 'builds of other read models and versions are left alone',
    needs: 'builds',
    run: async ({ readModels }) => {
      const other = await openTable(readModels, { name: 'other-rows' });
      await put(other, rowsOf({ id: 'o' }));
      const later = await openTable(readModels, { name: 'other-rows', version: 2 });
      await put(later, rowsOf({ id: 'l' }));
      await openTable(readModels);
      await added(readModels);
      await buildsOf(readModels).enforce({ ...V1, build: 2 }, 1);
      await buildsOf(readModels).drop({ ...V1, build: 1, isInForce: false });
      expect(await shortly(readModels, 'other-rows')).toEqual(['1.1 in force', '2.1']);
      expect(await other.get('o')).toEqual({ id: 'o' });
      expect(await later.get('l')).toEqual({ id: 'l' });
    },
  },
];

export const readModelBuildCases: readonly ReadModelCase[] = [
  ...makingCases,
  ...forceCases,
  ...dropCases,
];

function buildsOf({ builds }: ReadModelEngine): ReadModelBuilds {
  if (builds === undefined) throw new Error('the engine has no builds');
  return builds;
}

/** Adds a second build to the version of the tests, and opens it. */
async function added(engine: ReadModelEngine): Promise<ReadModelTable<TestRow>> {
  expect(await buildsOf(engine).add(TEST_SHAPE, SINCE)).toBe('added');
  const newest = (await buildsOf(engine).list(NAME)).findLast(({ version }) => version === 1);
  return openTable(engine, {}, newest?.build);
}

async function shortly(engine: ReadModelEngine, name: string = NAME): Promise<readonly string[]> {
  const text = ({ version, build, isInForce }: StoredBuild) =>
    `${version}.${build}${isInForce ? ' in force' : ''}`;
  return (await buildsOf(engine).list(name)).map(text);
}
