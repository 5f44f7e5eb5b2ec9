import { Fault } from '@tidemark/core';
import { byText, found, type ReadModelTwin, sorted, tables } from './read-model-twins-sabotage.ts';

const PREFIX = 'equality on a prefix finds in the order of the next fields, then of the key';
const ORDER = 'an index sorts null, then numbers, then texts by their bytes';
const KEYS = 'keys sort by their bytes';
const NULLS =
  'a field that is absent, null or undefined is indexed as null, and the row keeps its form';
const LONG = 'an index holds texts as long as the limit says, and tells them apart by their ends';
const RANDOM = 'random questions over random rows are answered as sorting all rows would';
/** Where a careless engine might end a text. */
const CUT = 100;

const rank = (value: unknown): number =>
  value === null || value === undefined ? 0 : typeof value === 'string' ? 1 : 2;

/** What an index holds, and in which order. */
export const orderTwins: readonly ReadModelTwin[] = [
  {
    broken: 'sorts texts before numbers',
    sabotage: sorted((one, other, { order }) => {
      const turned = rank(one.size) - rank(other.size);
      return order === 'descending' ? -turned : turned;
    }),
    caughtBy: [ORDER],
  },
  {
    broken: 'sorts numbers as texts',
    sabotage: sorted((one, other) =>
      typeof one.size === 'number' && typeof other.size === 'number'
        ? byText(one.size, other.size)
        : 0,
    ),
    caughtBy: [ORDER],
  },
  {
    broken: 'sorts texts as JavaScript does, by units of 16 bits',
    sabotage: sorted((one, other) =>
      typeof one.size === 'string' && typeof other.size === 'string'
        ? byText(one.size, other.size)
        : 0,
    ),
    caughtBy: [ORDER],
  },
  {
    broken: 'sorts keys as JavaScript does, by units of 16 bits',
    sabotage: sorted((one, other) => (one.size === other.size ? byText(one.id, other.id) : 0)),
    caughtBy: [KEYS],
  },
  {
    broken: 'cuts long texts in an index',
    sabotage: tables((table) => ({
      find: async ({ equals, ...request }) => {
        const [colour] = equals;
        if (typeof colour !== 'string' || colour.length <= CUT) {
          return table.find({ ...request, equals });
        }
        const { items, ...page } = await table.find({ ...request, equals: [] });
        const start = colour.slice(0, CUT);
        return { ...page, items: items.filter((row) => String(row.colour).startsWith(start)) };
      },
    })),
    caughtBy: [LONG],
  },
  {
    broken: 'refuses a row with a long text in an index',
    sabotage: tables((table) => ({
      apply: async (step) => {
        for (const row of step.rows.values()) {
          if (String(row?.colour).length > CUT) throw new Fault('EVENT_INVALID', 'too long');
        }
        return table.apply(step);
      },
    })),
    caughtBy: [LONG],
  },
  {
    broken: 'finds no row by a field that it has not, as SQL compares null',
    sabotage: found((page, { equals }) => (equals.includes(null) ? { items: [] } : page)),
    caughtBy: [NULLS, PREFIX, RANDOM],
  },
  {
    broken: 'writes null where a row has no field',
    sabotage: found((page) => ({
      ...page,
      items: page.items.map((row) => ({ ...row, size: row.size ?? null })),
    })),
    caughtBy: [NULLS],
  },
];
