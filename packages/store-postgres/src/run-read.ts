import pg from 'pg';
import { asText, inSchema } from './connection.ts';
import { faultOf } from './postgres-faults.ts';

/** The type of a block of lines, among PostgreSQL's own. */
const TEXT = pg.types.builtins.TEXT;

/**
 * Runs one read and answers its rows as arrays of text. Columns of type `text` are what `decode` makes of them, where
 * it is given: called for a row as soon as that has come, while the server still makes others.
 *
 * @throws STORE_UNAVAILABLE, and the faults of `decode`.
 */
export type RunRead = <Row>(
  sql: string,
  values: readonly unknown[],
  decode?: (text: string) => unknown,
) => Promise<readonly Row[]>;

/** Reads over a pool, each statement on whatever connection is free. */
export function createRunRead(pool: pg.Pool, schema: string): RunRead {
  return async <Row>(
    sql: string,
    values: readonly unknown[],
    decode?: (text: string) => unknown,
  ) => {
    const query = { text: inSchema(sql, schema), values: [...values], rowMode: 'array' as const };
    const types = decode && { getTypeParser: (type: number) => (type === TEXT ? decode : asText) };
    try {
      const { rows } = await pool.query(types ? { ...query, types } : query);
      return rows as unknown[] as readonly Row[];
    } catch (error) {
      throw faultOf(error);
    }
  };
}
