import type pg from 'pg';
import { inSchema } from './connection.ts';
import {
  createTextStatement,
  type StatementValue,
  sendStatement,
  type TextRow,
} from './text-statement.ts';

/** Runs one statement inside a transaction and answers its rows as arrays of text. */
export type Change = <Row extends TextRow>(
  sql: string,
  ...values: readonly StatementValue[]
) => Promise<readonly Row[]>;

export function createChange(client: pg.ClientBase, schema: string): Change {
  return <Row extends TextRow>(sql: string, ...values: readonly StatementValue[]) =>
    sendStatement(client, createTextStatement<Row>(inSchema(sql, schema), values));
}

/** The same for statements about one read model, whose number is their first value. */
export function aboutModel(change: Change, number: number): Change {
  return (sql, ...values) => change(sql, number, ...values);
}
