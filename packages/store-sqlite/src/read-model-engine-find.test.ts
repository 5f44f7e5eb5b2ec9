import { checkQuestion, type FindRequest, writeCursor } from '@tidemark/core';
import { afterAll, describe, expect, test } from 'vitest';
import { openSqlite } from './open-sqlite.ts';
import { createCatalogue } from './read-model-engine-catalogue.ts';
import { findStatement } from './read-model-engine-find.ts';
import { openLayout } from './read-model-engine-schema.ts';

const database = await openSqlite(':memory:');
afterAll(() => database.close());
createCatalogue(database);
const shape = {
  name: 'flights',
  version: 3,
  indexes: { by_order: ['order'], by_status: ['status', 'from', 'order'] },
} as const;
const layout = openLayout(database, shape);

/** What SQLite would do to answer. */
function planOf(request: FindRequest): readonly string[] {
  const first = checkQuestion(shape, request);
  const values = first.fields.slice(first.equals.length).map(() => 1);
  const cursor = writeCursor(first, { values, key: 'k' });
  return [request, { ...request, cursor }].flatMap((asked) => {
    const { sql, values } = findStatement(layout, asked.index, checkQuestion(shape, asked));
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    return (steps as { readonly detail: string }[]).map(({ detail }) => detail);
  });
}

const equalities = [[], ['boarding'], ['boarding', 'Oslo'], ['boarding', 'Oslo', 1], [null]];
const ranges = [undefined, { from: 1 }, { upTo: 9 }, { from: 1, upTo: 9 }];
const orders = ['ascending', 'descending'] as const;
const questions = equalities
  .flatMap((equals) => ranges.map((range) => ({ equals, ...(range && { range }) })))
  .filter(({ equals, range }) => range === undefined || equals.length < 3)
  .flatMap((asked) => orders.map((order) => ({ index: 'by_status', limit: 50, order, ...asked })));

describe('the plan of SQLite', () => {
  test.each(questions)('reads one range of the index, first and next page: %o', (asked) => {
    const plan = planOf(asked);
    expect(plan).toHaveLength(2);
    for (const step of plan) {
      expect(step).toContain('USING INDEX rm_flights_3_i1_by_status');
      expect(step).not.toContain('TEMP B-TREE');
    }
    const [first, next] = plan;
    const bounded = asked.equals.length > 0 || asked.range !== undefined;
    expect(first).toMatch(bounded ? /^SEARCH/ : /^SCAN/);
    expect(next).toMatch(/^SEARCH/);
  });

  test('starts the next page at the cursor, not at the beginning of the range', () => {
    const asked = { index: 'by_order', equals: [], limit: 50, range: { from: 1, upTo: 9 } };
    const column = '"c0_order"'.replaceAll('"', '');
    expect(planOf(asked)[1]).toContain(`(${column},key)>(?,?) AND ${column}<?`);
    const descending = planOf({ ...asked, order: 'descending' })[1];
    expect(descending).toContain(`${column}>? AND (${column},key)<(?,?)`);
  });
});
