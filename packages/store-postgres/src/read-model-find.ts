import {
  checkQuestion,
  type FindQuestion,
  type FindRequest,
  type FoundPage,
  type JsonObject,
  scalarOf,
  writeCursor,
} from '@tidemark/core';
import type { Layout } from './read-model-layout.ts';
import type { RunRead } from './run-read.ts';
import { decodeText, encodeScalar, encodeText } from './stored-values.ts';
import type { StatementValue } from './text-statement.ts';

/** A statement that reads one range of one index in its order, and what to bind. */
export interface FindStatement {
  readonly sql: string;
  readonly values: readonly StatementValue[];
}

/** Answers a question to a table. @throws CURSOR_INVALID, CONFIGURATION_INVALID; RangeError when the limit is not 1 to 1,000. */
export async function findRows(
  run: RunRead,
  layout: Layout,
  request: FindRequest,
): Promise<FoundPage<JsonObject>> {
  const question = checkQuestion(layout.shape, request);
  const { sql, values } = findStatement(layout, question);
  const found = await run<readonly [key: string, body: string]>(sql, values);
  const page = found.slice(0, question.limit);
  const items = page.map(([, body]) => JSON.parse(body) as JsonObject);
  const last = items.at(-1);
  if (last === undefined || found.length <= question.limit) return { items };
  const ordering = question.fields.slice(question.equals.length);
  const place = {
    values: ordering.map((field) => scalarOf(last, field)),
    key: decodeText(page.at(-1)?.[0] ?? ''),
  };
  return { items, next: writeCursor(question, place) };
}

/** All in one direction over one index, so that PostgreSQL reads the page from it without sorting. */
export function findStatement({ table, columns }: Layout, question: FindQuestion): FindStatement {
  const { equals, from, upTo, after, descending } = question;
  const values: StatementValue[] = [];
  const bind = (value: string | number): string => `$${values.push(value)}`;
  const named = question.fields.map((field) => String(columns.get(field)));
  const ordering = [...named.slice(equals.length), 'key'];
  const clauses = equals.map((value, at) => `${named[at]} = ${bind(encodeScalar(value))}`);
  if (after !== undefined) {
    const marks = [...after.values.map(encodeScalar), encodeText(after.key)].map(bind);
    clauses.push(`(${ordering.join(', ')}) ${descending ? '<' : '>'} (${marks.join(', ')})`);
  }
  if (from !== undefined) clauses.push(`${ordering[0]} >= ${bind(encodeScalar(from))}`);
  if (upTo !== undefined) clauses.push(`${ordering[0]} <= ${bind(encodeScalar(upTo))}`);
  const where = clauses.length === 0 ? '' : `where ${clauses.join(' and ')}`;
  const direction = descending ? ' desc' : '';
  // Fields of the prefix are named too, so that their index is the one whose order fits.
  const order = [...named, 'key'].map((column) => column + direction).join(', ');
  // One more than asked for shows whether there is a next page.
  const limit = bind(question.limit + 1);
  return {
    sql: `select key, body from ${table} ${where} order by ${order} limit ${limit}`,
    values,
  };
}
