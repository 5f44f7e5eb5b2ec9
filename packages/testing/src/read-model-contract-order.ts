import { createHash } from 'node:crypto';
import { type FindRequest, LIMITS, type Scalar } from '@tidemark/core';
import { expect } from 'vitest';
import {
  idsOf,
  openTable,
  put,
  type ReadModelCase,
  rowsOf,
  type TestRow,
} from './read-model-contract-case.ts';

/** In the order that every engine keeps: null, numbers, texts by their bytes in UTF-8. */
const ORDERED: readonly Scalar[] = [
  null,
  -Number.MAX_VALUE,
  -1.5,
  0,
  1e-15,
  1,
  2,
  10,
  2 ** 53,
  Number.MAX_VALUE,
  '',
  '\0',
  '\0a',
  '\u0001',
  ' ',
  '1',
  '10',
  '2',
  'B',
  'a',
  'a\0',
  'a\u0001',
  'a ',
  'aa',
  'b',
  'Ä',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
];
/** Texts of so many bytes in UTF-8: some that hardly compress, some of long characters, some that need escapes. */
const LONG_FILLS: readonly ((bytes: number) => string)[] = [
  (bytes) => hashes(bytes).slice(0, bytes),
  (bytes) => '\uffff'.repeat(Math.floor(bytes / 3)),
  (bytes) =>
    [...hashes(bytes)]
      .map((digit) => (digit < '8' ? '\0' : '\u0001'))
      .join('')
      .slice(0, bytes),
];
const QUESTIONS = 150;
const VALUES: readonly Scalar[] = [null, -1, 0, 2, 'A', 'a', 'b', 'é', '\uffff', '\u{10000}'];

export const readModelOrderCases: readonly ReadModelCase[] = [
  {
    name: 'an index sorts null, then numbers, then texts by their bytes',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      await put(table, rowsOf(...ORDERED.map((size, n) => ({ id: `k${n}`, size })).reverse()));
      const expected = ORDERED.map((_, n) => `k${n}`);
      const asked: FindRequest = { index: 'by_size', equals: [], limit: 100 };
      expect(idsOf(await table.find(asked))).toEqual(expected);
      const backwards = await table.find({ ...asked, order: 'descending' });
      expect(idsOf(backwards)).toEqual([...expected].reverse());
      for (const [n, size] of ORDERED.entries()) {
        expect(idsOf(await table.find({ ...asked, equals: [size] }))).toEqual([`k${n}`]);
        const range = { from: size };
        expect(idsOf(await table.find({ ...asked, range }))).toEqual(expected.slice(n));
        const upTo = await table.find({ ...asked, range: { upTo: size } });
        expect(idsOf(upTo)).toEqual(expected.slice(0, n + 1));
      }
    },
  },
  {
    name: 'keys sort by their bytes',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const keys = ORDERED.filter((value) => typeof value === 'string');
      await put(table, rowsOf(...keys.map((id) => ({ id, size: 1 })).reverse()));
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const asked = { index: 'by_size', equals: [1], limit: 3, ...(cursor && { cursor }) };
        const page = await table.find(asked);
        found.push(...idsOf(page));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(found).toEqual(keys);
    },
  },
  {
    name: 'a field that is absent, null or undefined is indexed as null, and the row keeps its form',
    run: async ({ readModels }) => {
      const table = await openTable(readModels);
      const rows = [
        { id: 'a' },
        { id: 'b', size: null },
        { id: 'c', size: undefined },
      ] as TestRow[];
      await put(table, rowsOf(...rows));
      const found = await table.find({ index: 'by_size', equals: [null], limit: 9 });
      expect(found.items).toStrictEqual([{ id: 'a' }, { id: 'b', size: null }, { id: 'c' }]);
    },
  },
  {
    name: 'an index holds texts as long as the limit says, and tells them apart by their ends',
    run: async ({ readModels }) => {
      const indexes = { by_colour: ['colour', 'size'] } as const;
      const each = LIMITS.indexEntryBytes / 3;
      for (const [n, fill] of LONG_FILLS.entries()) {
        const table = await openTable(readModels, { name: `long-${n}`, indexes });
        const rows = ['a', 'b', 'c'].map((end) => ({
          id: fill(each - 1) + end,
          colour: fill(each - 1) + end,
          size: fill(each),
        }));
        await put(table, rowsOf(...rows));
        const asked: FindRequest = { index: 'by_colour', equals: [], limit: 9 };
        for (const row of rows) {
          const found = await table.find({ ...asked, equals: [row.colour] });
          expect(found.items).toEqual([row]);
          expect(await table.get(row.id)).toEqual(row);
        }
        const range = { from: `${fill(each - 1)}a` };
        const { items, next = '' } = await table.find({ ...asked, range, limit: 2 });
        expect(items).toEqual(rows.slice(0, 2));
        const behind = await table.find({ ...asked, range, cursor: next });
        expect(behind.items).toEqual(rows.slice(2));
      }
    },
  },
  {
    name: 'random questions over random rows are answered as sorting all rows would',
    run: async ({ readModels }) => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const random = randomNumbers(seed);
      const pick = <Item>(items: readonly Item[]) => items[random() % items.length] as Item;
      const row = (n: number): TestRow => ({
        id: `k${n}`,
        colour: pick(VALUES),
        size: pick(VALUES),
      });
      const table = await openTable(readModels);
      const rows = rowsOf(...Array.from({ length: 120 }, (_, n) => row(n)));
      await put(table, rows);
      for (let asked = 0; asked < QUESTIONS; asked += 1) {
        const request: FindRequest = {
          index: 'by_colour',
          equals: pick([[], [pick(VALUES)]]),
          ...pick<Pick<FindRequest, 'range'>>([{}, { range: randomRange(pick) }]),
          order: pick(['ascending', 'descending']),
          limit: pick([1, 3, 20, 1_000]),
        };
        const found: string[] = [];
        for (let page = await table.find(request); ; ) {
          found.push(...idsOf(page));
          if (page.next === undefined) break;
          page = await table.find({ ...request, cursor: page.next });
        }
        expect(found, `seed ${seed}: ${JSON.stringify(request)}`).toEqual(answer(rows, request));
      }
    },
  },
];

/** At least so many hexadecimal digits, always the same. */
function hashes(digits: number): string {
  let text = '';
  for (let n = 0; text.length < digits; n += 1) {
    text += createHash('sha256').update(`hash ${n}`).digest('hex');
  }
  return text;
}

function randomRange(pick: <Item>(items: readonly Item[]) => Item) {
  const [from, upTo] = [pick(VALUES), pick(VALUES)];
  return pick<NonNullable<FindRequest['range']>>([{ from, upTo }, { from }, { upTo }]);
}

/** The answer by the words of the port: keep what matches, sort all of it. */
function answer(
  rows: ReadonlyMap<string, TestRow>,
  { equals, range = {}, order }: FindRequest,
): readonly string[] {
  const direction = order === 'descending' ? -1 : 1;
  const { from, upTo } = range;
  return [...rows.values()]
    .map(({ id, colour = null, size = null }) => ({ id, values: [colour, size] }))
    .filter(({ values }) => equals.every((value, at) => compare(values[at] as Scalar, value) === 0))
    .map(({ id, values }) => ({ id, values: values.slice(equals.length) }))
    .filter(({ values: [first = null] }) => from === undefined || compare(first, from) >= 0)
    .filter(({ values: [first = null] }) => upTo === undefined || compare(first, upTo) <= 0)
    .sort(
      (one, other) => direction * compareAll([...one.values, one.id], [...other.values, other.id]),
    )
    .map(({ id }) => id);
}

function compareAll(one: readonly Scalar[], other: readonly Scalar[]): number {
  for (const [at, value] of one.entries()) {
    const compared = compare(value, other[at] as Scalar);
    if (compared !== 0) return compared;
  }
  return 0;
}

function compare(one: Scalar, other: Scalar): number {
  const rank = (value: Scalar) => (value === null ? 0 : typeof value === 'number' ? 1 : 2);
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one !== 'string' || typeof other !== 'string') return rank(one) - rank(other);
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** Whole numbers from 0, the same for the same seed: a linear congruential generator, enough to pick with. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    return state >>> 8;
  };
}
