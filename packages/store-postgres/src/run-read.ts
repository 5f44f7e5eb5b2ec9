import pg from 'pg';
import { asText, inSchema } from './connection.ts';
import { faultOf } from './postgres-faults.ts';

/** The type of a block of lines, among PostgreSQL's own. */
const TEXT = pg.types.builtins.TEXT;

/**
 * Runs one read and answers its rows as arrays of text. Where `onText` is given, columns of type `text` are told to it
 * instead, and null in the rows: as soon as a row has come, while the server still makes others.
 *
 * Decoded events must not stand in the rows: V8 comes to make arrays of rows in the memory for what lives long, and all
 * that they hold would then live until that is collected, which takes a third of the time of reading.
 *
 * @throws STORE_UNAVAILABLE, and the faults of `onText`.
 */
export type RunRead = <Row>(
  sql: string,
  values: readonly unknown[],
  onText?: (text: string) => void,
) => Promise<readonly Row[]>;

/** Reads over a pool, each statement on whatever connection is free. */
export function createRunRead(pool: pg.Pool, schema: string): RunRead {
  return async <Row>(sql: string, values: readonly unknown[], onText?: (text: string) => void) => {
    const query = { text: inSchema(sql, schema), values: [...values], rowMode: 'array' as const };
    try {
      const { rows } = await pool.query(onText ? { ...query, types: telling(onText) } : query);
      return rows as unknown[] as readonly Row[];
    } catch (error) {
      throw faultOf(error);
    }
  };
}

function telling(onText: (text: string) => void): pg.CustomTypesConfig {
  const tell = (text: string): null => {
    onText(text);
    return null;
  };
  return { getTypeParser: (type: number) => (type === TEXT ? tell : asText) };
}
