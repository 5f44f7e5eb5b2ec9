import {
  checkQuestion,
  Fault,
  type FindQuestion,
  type FindRequest,
  isFault,
  type ReadModelShape,
  scalarOf,
  type TableShape,
  writeCursor,
} from '@tidemark/core';
import type { TestRow } from './read-model-contract-case.ts';
import {
  asked,
  byText,
  found,
  type ReadModelTwin,
  sorted,
  tables,
} from './read-model-twins-sabotage.ts';

const PREFIX = 'equality on a prefix finds in the order of the next fields, then of the key';
const DESCENDING = 'descending turns the whole order round, ties included';
const RANGE = 'a range is inclusive at both ends, and each end may be left open';
const MOVE = 'rows move in an index when they change';
const DECLARED = 'what was not declared cannot be asked';
const PAGES = 'pages follow each other without gap or repeat, and the last one has no next';
const INSIDE = 'pages stay inside the range they were asked for';
const CONTINUES =
  'a page continues behind the row where the one before ended, whatever came or went meanwhile';
const ANOTHER_LIMIT = 'a cursor continues with another limit';
const ANOTHER_QUESTION = 'a cursor of another question is refused';
const NO_CURSOR = 'a text that is no cursor is refused';
const FORGED = 'a forged cursor does not lead out of the range';
const ORDER = 'an index sorts null, then numbers, then texts by their bytes';
const KEYS = 'keys sort by their bytes';
const RANDOM = 'random questions over random rows are answered as sorting all rows would';
const MOST = 1_000;

/** The question, checked. Rows of tests are JSON, though their type does not say so. */
function ask(shape: ReadModelShape<TestRow>, request: FindRequest): FindQuestion {
  return checkQuestion(shape as unknown as TableShape, request);
}

/** The cursor behind a row. */
function cursorAt(shape: ReadModelShape<TestRow>, request: FindRequest, row: TestRow): string {
  const { cursor: _, ...first } = request;
  const question = ask(shape, first);
  const ordering = question.fields.slice(question.equals.length);
  const values = ordering.map((field) => scalarOf({ ...row } as never, field));
  return writeCursor(question, { values, key: row.id });
}

/** The question of a page, from wherever its cursor says that the one before ended, whoever made it. */
function continued(shape: ReadModelShape<TestRow>, request: FindRequest): FindRequest | undefined {
  const { cursor = '', ...first } = request;
  try {
    const [, values, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const question = ask(shape, first);
    return { ...first, cursor: writeCursor(question, { values, key }) };
  } catch {
    return undefined;
  }
}

const questionTwins: readonly ReadModelTwin[] = [
  {
    broken: 'sorts by the key alone',
    sabotage: sorted((one, other) => byText(one.id, other.id)),
    caughtBy: [PREFIX, DESCENDING, RANDOM],
  },
  {
    broken: 'turns only the order of the fields round',
    sabotage: sorted((one, other, { order, equals }) => {
      const same = one.size === other.size && (equals.length > 0 || one.colour === other.colour);
      return order === 'descending' && same ? byText(one.id, other.id) : 0;
    }),
    caughtBy: [DESCENDING],
  },
  {
    broken: 'leaves the ends of a range out',
    sabotage: found(({ items, ...page }, { range = {}, equals }) => ({
      ...page,
      items: items.filter((row) => {
        const value = equals.length === 0 ? row.colour : row.size;
        return value === undefined || (value !== range.upTo && value !== range.from);
      }),
    })),
    caughtBy: [RANGE, INSIDE],
  },
  {
    broken: 'ignores the upper end of a range',
    sabotage: asked(({ range: { upTo: _, ...range } = {}, ...request }) => ({
      ...request,
      ...('from' in range && { range }),
    })),
    caughtBy: [RANGE, INSIDE, ORDER, RANDOM],
  },
  {
    broken: 'leaves a row that changes where it was in the index',
    sabotage: tables((table) => {
      const first = new Map<string, TestRow | undefined>();
      return {
        apply: async (step) => {
          for (const [key, row] of step.rows) first.set(key, first.get(key) ?? row);
          return table.apply(step);
        },
        find: async (request) => {
          const page = await table.find(request);
          const [colour] = request.equals;
          const stale = (row: TestRow) =>
            request.index === 'by_colour' && (first.get(row.id)?.colour ?? null) !== colour;
          return { ...page, items: page.items.filter((row) => !stale(row)) };
        },
      };
    }),
    caughtBy: [MOVE],
  },
  {
    broken: 'finds nothing in an index that it does not have',
    sabotage: tables((table) => ({
      find: async (request) => {
        try {
          return await table.find(request);
        } catch (error) {
          if (isFault(error, 'CONFIGURATION_INVALID')) return { items: [] };
          throw error;
        }
      },
    })),
    caughtBy: [DECLARED],
  },
  {
    broken: 'puts as much on a page as it may, whatever was asked',
    sabotage: asked((request) => ({
      ...request,
      limit: Math.min(MOST, Math.max(1, Math.floor(request.limit))),
    })),
    caughtBy: [DECLARED],
  },
];

const pageTwins: readonly ReadModelTwin[] = [
  {
    broken: 'names a next page behind every full one',
    sabotage: tables((table, shape) => ({
      find: async (request) => {
        const page = await table.find(request);
        const last = page.items.at(-1);
        if (last === undefined || page.items.length < request.limit) return page;
        return { ...page, next: cursorAt(shape, request, last) };
      },
    })),
    caughtBy: [PAGES],
  },
  {
    broken: 'leaves out the first row of a page that continues',
    sabotage: tables((table) => ({
      find: async (request) => {
        if (request.cursor === undefined) return table.find(request);
        const page = await table.find({ ...request, limit: request.limit + 1 });
        return { ...page, items: page.items.slice(1) };
      },
    })),
    caughtBy: [PAGES, ANOTHER_LIMIT, KEYS],
  },
  {
    broken: 'counts how many rows to pass over',
    sabotage: tables((table) => ({
      find: async ({ cursor, ...request }) => {
        const { items } = await table.find({ ...request, limit: MOST });
        const from = Number(cursor ?? 0);
        const end = from + request.limit;
        const next = end < items.length ? { next: String(end) } : {};
        return { items: items.slice(from, end), ...next };
      },
    })),
    caughtBy: [CONTINUES, ANOTHER_QUESTION, NO_CURSOR],
  },
  {
    broken: 'forgets the range on the pages that continue',
    sabotage: tables((table, shape) => ({
      find: async (request) => {
        const { after } = ask(shape, request);
        if (after === undefined) return table.find(request);
        const { range: _, cursor: __, ...unbounded } = request;
        const question = ask(shape, unbounded);
        const page = await table.find({ ...unbounded, cursor: writeCursor(question, after) });
        const last = page.items.at(-1);
        if (page.next === undefined || last === undefined) return page;
        return { ...page, next: cursorAt(shape, request, last) };
      },
    })),
    caughtBy: [INSIDE, FORGED],
  },
  {
    broken: 'ties a cursor to the limit',
    sabotage: tables((table) => {
      const limits = new Map<string, number>();
      return {
        find: async (request) => {
          const { cursor = '', limit } = request;
          if ((limits.get(cursor) ?? limit) !== limit) {
            throw new Fault('CURSOR_INVALID', 'this cursor has another limit');
          }
          const page = await table.find(request);
          if (page.next !== undefined) limits.set(page.next, limit);
          return page;
        },
      };
    }),
    caughtBy: [ANOTHER_LIMIT, CONTINUES],
  },
  {
    broken: 'takes any cursor that it can read',
    sabotage: tables((table, shape) => ({
      find: async (request) => {
        const own = request.cursor === undefined ? undefined : continued(shape, request);
        return table.find(own ?? request);
      },
    })),
    caughtBy: [ANOTHER_QUESTION],
  },
  {
    broken: 'begins anew when it cannot read a cursor',
    sabotage: tables((table, shape) => ({
      find: async ({ cursor, ...request }) => {
        if (cursor === undefined) return table.find(request);
        const readable = continued(shape, { ...request, cursor }) !== undefined;
        return table.find(readable ? { ...request, cursor } : request);
      },
    })),
    caughtBy: [NO_CURSOR],
  },
];

/** Questions and pages. */
export const findTwins: readonly ReadModelTwin[] = [...questionTwins, ...pageTwins];
