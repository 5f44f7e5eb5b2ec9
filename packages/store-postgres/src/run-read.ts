import { inSchema } from './connection.ts';
import type { Pool } from './pool.ts';
import { faultOf } from './postgres-faults.ts';
import { createTextStatement, type StatementValue, type TextRow } from './text-statement.ts';

/**
 * Runs one read and answers its rows. Where `onRow` is given, they are told to it instead, as soon as they have come,
 * while the server still makes others.
 *
 * What `onRow` keeps is to be taken out (`splice`) of what it keeps it in: V8 comes to make statements in the memory for
 * what lives long, and all that they reach would live until that is collected, which takes a third of the time of
 * reading.
 *
 * @throws STORE_UNAVAILABLE, and the faults of `onRow`.
 */
export type RunRead = <Row extends TextRow>(
  sql: string,
  values: readonly StatementValue[],
  onRow?: (row: Row) => void,
) => Promise<readonly Row[]>;

/** Reads over a pool, each statement on whatever connection is free. */
export function createRunRead(pool: Pool, schema: string): RunRead {
  return async <Row extends TextRow>(
    sql: string,
    values: readonly StatementValue[],
    onRow?: (row: Row) => void,
  ) => {
    const statement = createTextStatement<Row>(inSchema(sql, schema), values, onRow && { onRow });
    try {
      await pool.query(statement);
      return statement.rows;
    } catch (error) {
      throw faultOf(error);
    }
  };
}
