import type pg from 'pg';
import { inSchema } from './connection.ts';

/** Runs one statement inside a transaction and answers its rows as arrays of text. */
export type Change = <Row>(sql: string, ...values: readonly unknown[]) => Promise<readonly Row[]>;

export function createChange(client: pg.ClientBase, schema: string): Change {
  return async <Row>(sql: string, ...values: readonly unknown[]) => {
    const text = inSchema(sql, schema);
    const { rows } = await client.query({ text, values: [...values], rowMode: 'array' });
    return rows as unknown[] as readonly Row[];
  };
}

/** The same for statements about one read model, whose number is their first value. */
export function aboutModel(change: Change, number: number): Change {
  return (sql, ...values) => change(sql, number, ...values);
}
