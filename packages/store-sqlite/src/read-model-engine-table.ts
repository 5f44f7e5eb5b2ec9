import {
  type FoundPage,
  type JsonObject,
  type ReadModelStep,
  type ReadModelTable,
  type Scalar,
  type Slice,
  scalarOf,
} from '@tidemark/core';
import { inTransaction, type SqliteDatabase, type SqliteValue } from './open-sqlite.ts';
import { createFinder } from './read-model-engine-find.ts';
import type { Layout } from './read-model-engine-schema.ts';
import { decodeText, encodeScalar, encodeText } from './read-model-engine-values.ts';

// Read as text: a driver may refuse an integer above 2^53.
const SELECT_SLICE = `SELECT CAST(position AS TEXT) AS position FROM read_model_slices
  WHERE table_name = ? AND slice = ?`;
const UPSERT_SLICE = `INSERT INTO read_model_slices (table_name, slice, position) VALUES (?, ?, ?)
  ON CONFLICT (table_name, slice) DO UPDATE SET position = excluded.position`;
const DELETE_SLICES = 'DELETE FROM read_model_slices WHERE table_name = ?';

interface StoredRow {
  readonly key: string;
  readonly row: string;
}

/** The rows of one version. `use` runs work on the open file and turns what SQLite throws into faults. */
export function createTable<Row extends object>(
  database: SqliteDatabase,
  layout: Layout,
  use: <Result>(work: () => Result) => Promise<Result>,
): ReadModelTable<Row> {
  const { table } = layout;
  const selectRow = database.prepare(`SELECT row FROM ${table} WHERE key = ?`);
  const selectRows = database.prepare(
    `SELECT key, row FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`,
  );
  const selectSlice = database.prepare(SELECT_SLICE);
  const find = createFinder(database, layout);
  const readCheckpoint = (slice: Slice): bigint => {
    const stored = selectSlice.get(table, sliceId(slice)) as { position: string } | undefined;
    return BigInt(stored?.position ?? 0);
  };
  const apply = createApply(database, layout, readCheckpoint);

  return {
    checkpoint: (slice) => use(() => readCheckpoint(slice)),
    load: (keys) =>
      use(() => {
        const found = selectRows.all(JSON.stringify(keys.map(encodeText))) as StoredRow[];
        return new Map(found.map(({ key, row }) => [decodeText(key), JSON.parse(row) as Row]));
      }),
    apply: (step) => use(() => apply(step as ReadModelStep<JsonObject>)),
    get: (key) =>
      use(() => {
        const found = selectRow.get(encodeText(key)) as Pick<StoredRow, 'row'> | undefined;
        return found && (JSON.parse(found.row) as Row);
      }),
    find: (request) => use(() => find(request) as FoundPage<Row>),
    clear: () =>
      use(() =>
        inTransaction(database, () => {
          database.exec(`DELETE FROM ${table}`);
          database.prepare(DELETE_SLICES).run(table);
        }),
      ),
  };
}

function createApply(
  database: SqliteDatabase,
  layout: Layout,
  readCheckpoint: (slice: Slice) => bigint,
): (step: ReadModelStep<JsonObject>) => 'applied' | 'overtaken' {
  const { table, columns } = layout;
  const fields = [...columns.keys()];
  const upsertRow = database.prepare(upsertStatement(layout));
  const deleteRow = database.prepare(`DELETE FROM ${table} WHERE key = ?`);
  const upsertSlice = database.prepare(UPSERT_SLICE);

  return ({ slice, from, to, rows }) => {
    if (to <= from) throw new RangeError(`a step goes on: from ${from} to ${to}`);
    // Before the transaction, so that the write lock is held for the writing only.
    const deleted = [...rows].flatMap(([key, row]) => (row === undefined ? [encodeText(key)] : []));
    const written = [...rows].flatMap(([key, row]) =>
      row === undefined ? [] : [valuesOf(key, row, fields)],
    );
    return inTransaction(database, () => {
      if (readCheckpoint(slice) !== from) return 'overtaken';
      for (const key of deleted) deleteRow.run(key);
      for (const values of written) upsertRow.run(...values);
      upsertSlice.run(table, sliceId(slice), to);
      return 'applied';
    });
  };
}

function upsertStatement({ table, columns }: Layout): string {
  const named = ['row', ...columns.values()];
  const marks = named.map(() => ', ?').join('');
  const changes = named.map((column) => `${column} = excluded.${column}`).join(', ');
  return `INSERT INTO ${table} (key, ${named.join(', ')}) VALUES (?${marks})
    ON CONFLICT (key) DO UPDATE SET ${changes}`;
}

function valuesOf(key: string, row: JsonObject, fields: readonly string[]): readonly SqliteValue[] {
  const indexed = fields.map((field): Scalar => scalarOf(row, field));
  return [encodeText(key), JSON.stringify(row), ...indexed.map(encodeScalar)];
}

function sliceId({ index, count }: Slice): string {
  return `${index}/${count}`;
}
