import type { SqliteDatabase, SqliteStatement, SqliteValue } from './open-sqlite.ts';
import { useArrayRows } from './open-sqlite.ts';

/** A row's values in the order of its SELECT, whether the driver answers arrays or objects. */
export function valuesOf(row: unknown): readonly SqliteValue[] {
  if (Array.isArray(row)) return row;
  return typeof row === 'object' && row !== null ? (Object.values(row) as SqliteValue[]) : [];
}

/** A prepared statement that answers its rows as tuples. */
export interface TupleQuery<Tuple> {
  readonly first: (...values: readonly SqliteValue[]) => Tuple | undefined;
  readonly all: (...values: readonly SqliteValue[]) => readonly Tuple[];
}

/** Prepares a query whose columns are those of `Tuple`, in that order. */
export function prepareTuples<Tuple extends readonly SqliteValue[]>(
  database: SqliteDatabase,
  sql: string,
): TupleQuery<Tuple> {
  const statement: SqliteStatement = database.prepare(sql);
  const arrays = useArrayRows(statement);
  const tuple = (row: unknown) => (arrays ? row : valuesOf(row)) as Tuple;
  return {
    first: (...values) => {
      const row = statement.get(...values);
      return row === undefined ? undefined : tuple(row);
    },
    all: (...values) => {
      const rows = statement.all(...values);
      return (arrays ? rows : rows.map(tuple)) as Tuple[];
    },
  };
}
