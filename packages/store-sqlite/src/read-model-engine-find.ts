import {
  checkQuestion,
  type FindQuestion,
  type FindRequest,
  type FoundPage,
  type JsonObject,
  scalarOf,
  writeCursor,
} from '@tidemark/core';
import type { SqliteDatabase, SqliteStatement, SqliteValue } from './open-sqlite.ts';
import type { Layout } from './read-model-engine-schema.ts';
import { decodeText, encodeScalar, encodeText } from './read-model-engine-values.ts';

/** A statement that reads one range of one index in its order, and what to bind. */
export interface FindStatement {
  readonly sql: string;
  readonly values: readonly SqliteValue[];
}

interface Clause {
  readonly sql: string;
  readonly values: readonly SqliteValue[];
}

/**
 * Answers questions to a table; each form of question is prepared once.
 *
 * @throws CURSOR_INVALID, CONFIGURATION_INVALID; RangeError when the limit is not 1 to 1,000.
 */
export function createFinder(
  database: SqliteDatabase,
  layout: Layout,
): (request: FindRequest) => FoundPage<JsonObject> {
  const prepared = new Map<string, SqliteStatement>();

  const prepare = (sql: string): SqliteStatement => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };

  return (request) => {
    const question = checkQuestion(layout.shape, request);
    const { sql, values } = findStatement(layout, request.index, question);
    const found = prepare(sql).all(...values) as { readonly key: string; readonly row: string }[];
    const page = found.slice(0, question.limit);
    const items = page.map(({ row }) => JSON.parse(row) as JsonObject);
    const last = items.at(-1);
    if (last === undefined || found.length <= question.limit) return { items };
    const ordering = question.fields.slice(question.equals.length);
    const place = {
      values: ordering.map((field) => scalarOf(last, field)),
      key: decodeText(page.at(-1)?.key ?? ''),
    };
    return { items, next: writeCursor(question, place) };
  };
}

/** `INDEXED BY` makes the index a promise: without it the planner may scan and sort. */
export function findStatement(
  layout: Layout,
  index: string,
  question: FindQuestion,
): FindStatement {
  const { table, columns, sqlIndexes } = layout;
  const named = question.fields.map((field) => String(columns.get(field)));
  const ordering = [...named.slice(question.equals.length), 'key'];
  const clauses = [
    ...question.equals.map((value, at) => compare(`${named[at]} =`, encodeScalar(value))),
    ...rangeClauses(String(ordering[0]), question),
    ...afterClause(ordering, question),
  ];
  const where = clauses.map(({ sql }) => sql).join(' AND ');
  const direction = question.descending ? ' DESC' : '';
  const sql = [
    `SELECT key, row FROM ${table} INDEXED BY ${sqlIndexes.get(index)}`,
    ...(where === '' ? [] : [`WHERE ${where}`]),
    `ORDER BY ${ordering.map((column) => column + direction).join(', ')} LIMIT ?`,
  ].join(' ');
  // One more than asked for shows whether there is a next page.
  return { sql, values: [...clauses.flatMap(({ values }) => values), question.limit + 1] };
}

function afterClause(ordering: readonly string[], question: FindQuestion): readonly Clause[] {
  const { after, descending } = question;
  if (after === undefined) return [];
  const values = [...after.values.map(encodeScalar), encodeText(after.key)];
  const marks = values.map(() => '?').join(', ');
  return [{ sql: `(${ordering.join(', ')}) ${descending ? '<' : '>'} (${marks})`, values }];
}

/**
 * A cursor stands inside the bounds, so it takes the place of the bound it comes from. That bound is still
 * checked, since a cursor can be forged, but kept from the planner by `+`: it would start the range there.
 */
function rangeClauses(column: string, question: FindQuestion): readonly Clause[] {
  const { from, upTo, after, descending } = question;
  const plusFrom = after !== undefined && !descending ? '+' : '';
  const plusUpTo = after !== undefined && descending ? '+' : '';
  return [
    ...(from === undefined ? [] : [compare(`${plusFrom}${column} >=`, encodeScalar(from))]),
    ...(upTo === undefined ? [] : [compare(`${plusUpTo}${column} <=`, encodeScalar(upTo))]),
  ];
}

function compare(left: string, value: SqliteValue): Clause {
  return { sql: `${left} ?`, values: [value] };
}
