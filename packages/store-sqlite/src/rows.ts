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

/** Inserts rows: their values, one row after the other in one list. */
export type RowsInsert = (values: readonly SqliteValue[]) => void;

/**
 * Prepares an insert that takes several rows with one statement where there are so many: cheaper than one by one.
 *
 * @param into The statement up to its values, for example `INSERT INTO seats (flight, seat)`.
 */
export function prepareInsert(
  database: SqliteDatabase,
  into: string,
  { columns, together }: { readonly columns: number; readonly together: number },
): RowsInsert {
  const row = `(?${', ?'.repeat(columns - 1)})`;
  const one = database.prepare(`${into} VALUES ${row}`);
  const several = database.prepare(`${into} VALUES ${row}${`, ${row}`.repeat(together - 1)}`);
  const width = together * columns;
  return (values) => {
    let at = 0;
    for (; values.length - at >= width; at += width) several.run(...values.slice(at, at + width));
    for (; at < values.length; at += columns) one.run(...values.slice(at, at + columns));
  };
}
