import type { FindRequest, ReadModelTable } from '@tidemark/core';
import { expect } from 'vitest';
import {
  idsOf,
  openTable,
  put,
  type ReadModelCase,
  rowsOf,
  type TestRow,
} from './read-model-contract-case.ts';

const SIZED: readonly TestRow[] = [
  { id: 'd', colour: 'red', size: 1 },
  { id: 'b', colour: 'red', size: 2 },
  { id: 'a', colour: 'red', size: 2 },
  { id: 'c', colour: 'red', size: 3 },
  { id: 'e', colour: 'blue', size: 2 },
  { id: 'f', size: 2 },
];
const RED: FindRequest = { index: 'by_colour', equals: ['red'], limit: 10 };

const questionCases: readonly ReadModelCase[] = [
  {
    name: 'equality on a prefix finds in the order of the next fields, then of the key',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      expect(idsOf(await table.find(RED))).toEqual(['d', 'a', 'b', 'c']);
      expect(idsOf(await table.find({ ...RED, equals: ['red', 2] }))).toEqual(['a', 'b']);
      expect(idsOf(await table.find({ ...RED, equals: [null] }))).toEqual(['f']);
      expect(idsOf(await table.find({ ...RED, equals: [] }))).toEqual([...'fedabc']);
    },
  },
  {
    name: 'descending turns the whole order round, ties included',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      const order = 'descending';
      expect(idsOf(await table.find({ ...RED, order }))).toEqual(['c', 'b', 'a', 'd']);
      expect(idsOf(await table.find({ ...RED, equals: [], order }))).toEqual([...'cbadef']);
    },
  },
  {
    name: 'a range is inclusive at both ends, and each end may be left open',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      const among = async (range: FindRequest['range']) =>
        idsOf(await table.find({ ...RED, ...(range && { range }) })).join('');
      expect(await among({ from: 2, upTo: 3 })).toBe('abc');
      expect(await among({ from: 2, upTo: 2 })).toBe('ab');
      expect(await among({ from: 1.5 })).toBe('abc');
      expect(await among({ upTo: 2 })).toBe('dab');
      expect(await among({ from: 3, upTo: 2 })).toBe('');
      expect(await among({})).toBe('dabc');
    },
  },
  {
    name: 'rows move in an index when they change',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      await put(table, rowsOf({ id: 'd', colour: 'blue', size: 9 }, { id: 'f', colour: 'red' }));
      expect(idsOf(await table.find(RED))).toEqual(['f', 'a', 'b', 'c']);
      expect(idsOf(await table.find({ ...RED, equals: ['blue'] }))).toEqual(['e', 'd']);
    },
  },
  {
    name: 'what was not declared cannot be asked',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      const wrong: Partial<FindRequest>[] = [
        { index: 'by_note' },
        { index: 'constructor' },
        { equals: ['red', 2, 'a'] },
        { equals: ['red', 2], range: { from: 1 } },
        { equals: [Number.NaN] },
        { range: { upTo: Number.POSITIVE_INFINITY } },
      ];
      for (const part of wrong) {
        const refused = { code: 'CONFIGURATION_INVALID' };
        await expect(table.find({ ...RED, ...part })).rejects.toMatchObject(refused);
      }
      for (const limit of [0, -1, 1.5, 1_001]) {
        await expect(table.find({ ...RED, limit })).rejects.toThrow(RangeError);
      }
    },
  },
];

const pageCases: readonly ReadModelCase[] = [
  {
    name: 'pages follow each other without gap or repeat, and the last one has no next',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      for (const limit of [1, 2, 3, 4, 5]) {
        for (const order of ['ascending', 'descending'] as const) {
          const whole = idsOf(await table.find({ ...RED, order }));
          const pages = await allPages(table, { ...RED, order, limit });
          expect(pages.flat()).toEqual(whole);
          expect(pages.length).toBe(Math.ceil(whole.length / limit));
        }
      }
    },
  },
  {
    name: 'pages stay inside the range they were asked for',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      const range = { from: 2, upTo: 2 };
      const asked = { ...RED, range, limit: 1 };
      expect((await allPages(table, asked)).flat()).toEqual(['a', 'b']);
      expect((await allPages(table, { ...asked, order: 'descending' })).flat()).toEqual(['b', 'a']);
    },
  },
  {
    name: 'a page continues behind the row where the one before ended, whatever came or went meanwhile',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      const first = await table.find({ ...RED, limit: 2 });
      expect(idsOf(first)).toEqual(['d', 'a']);
      const gone = new Map([
        ['a', undefined],
        ['d', undefined],
      ] as const);
      await put(table, new Map([...gone, ...rowsOf({ id: 'aa', colour: 'red', size: 2 })]));
      const next = await table.find({ ...RED, cursor: String(first.next) });
      expect(idsOf(next)).toEqual(['aa', 'b', 'c']);
    },
  },
  {
    name: 'a cursor continues with another limit',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      const { next } = await table.find({ ...RED, limit: 1 });
      expect(idsOf(await table.find({ ...RED, limit: 2, cursor: String(next) }))).toEqual([
        'a',
        'b',
      ]);
    },
  },
  {
    name: 'a cursor of another question is refused',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      const other = await filled(await openTable(readModels, { name: 'other-rows' }));
      const range = { from: 1 };
      const { next } = await table.find({ ...RED, range, limit: 1 });
      const cursor = String(next);
      const asked = { ...RED, range, cursor };
      expect(idsOf(await table.find(asked))).toEqual(['a', 'b', 'c']);
      const refused = { code: 'CURSOR_INVALID' };
      const others: Partial<FindRequest>[] = [
        { equals: ['blue'] },
        { index: 'by_size', equals: [] },
        { order: 'descending' },
        { range: { from: 2 } },
        { range: { from: 1, upTo: 9 } },
        { range: { upTo: 1 } },
      ];
      for (const part of others) {
        await expect(table.find({ ...asked, ...part })).rejects.toMatchObject(refused);
      }
      await expect(table.find({ ...RED, cursor })).rejects.toMatchObject(refused);
      await expect(other.find(asked)).rejects.toMatchObject(refused);
    },
  },
  {
    name: 'a text that is no cursor is refused',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      const { next } = await table.find({ ...RED, limit: 1 });
      const [hash] = JSON.parse(Buffer.from(String(next), 'base64url').toString()) as unknown[];
      const forged = [
        [hash, [1]],
        [hash, [], 'a'],
        [hash, [{}], 'a'],
        [hash, [1], 5],
        [hash, 1, 'a'],
        null,
      ];
      const made = forged.map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
      for (const cursor of ['', 'x', '%%%', '{}', `${next}x`, `x${next}`, ...made]) {
        const refused = { code: 'CURSOR_INVALID' };
        await expect(table.find({ ...RED, cursor })).rejects.toMatchObject(refused);
      }
    },
  },
  {
    name: 'a forged cursor does not lead out of the range',
    run: async ({ readModels }) => {
      const table = await filled(await openTable(readModels));
      for (const [order, place] of [
        ['ascending', 0],
        ['descending', 9],
      ] as const) {
        const asked = { ...RED, range: { from: 2, upTo: 2 }, order, limit: 1 };
        const { next } = await table.find(asked);
        const [hash] = JSON.parse(Buffer.from(String(next), 'base64url').toString()) as unknown[];
        const cursor = Buffer.from(JSON.stringify([hash, [place], 'a'])).toString('base64url');
        const found = await table.find({ ...asked, limit: 10, cursor });
        expect([...idsOf(found)].sort()).toEqual(['a', 'b']);
      }
    },
  },
];

export const readModelFindCases: readonly ReadModelCase[] = [...questionCases, ...pageCases];

async function filled(table: ReadModelTable<TestRow>): Promise<ReadModelTable<TestRow>> {
  await put(table, rowsOf(...SIZED));
  return table;
}

async function allPages(
  table: ReadModelTable<TestRow>,
  request: FindRequest,
): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let page = await table.find(request);
  pages.push(idsOf(page));
  while (page.next !== undefined) {
    page = await table.find({ ...request, cursor: page.next });
    expect(page.items.length).toBeGreaterThan(0);
    pages.push(idsOf(page));
  }
  return pages;
}
