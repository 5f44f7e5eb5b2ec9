import {
  type FoundPage,
  type JsonObject,
  type ParkedSettlement,
  type ReadModelStep,
  type ReadModelTable,
  type Scalar,
  scalarOf,
} from '@tidemark/core';
import { inTransaction, type SqliteDatabase, type SqliteValue } from './open-sqlite.ts';
import { createFinder } from './read-model-engine-find.ts';
import { openParkedRows, type ParkedRows } from './read-model-engine-parking.ts';
import type { Layout } from './read-model-engine-schema.ts';
import { openSlices, type Slices } from './read-model-engine-slicing.ts';
import { decodeText, encodeScalar, encodeText } from './read-model-engine-values.ts';

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
  const find = createFinder(database, layout);
  const slices = openSlices(database, table);
  const parked = openParkedRows(database, table);
  const rows = createRowWriter(database, layout);
  const apply = createApply(database, { slices, parked, rows });
  const settle = createSettle(database, { parked, rows });

  return {
    checkpoint: (slice) => use(() => slices.checkpoint(slice)),
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
          slices.clear();
          parked.clear();
        }),
      ),
    parking: {
      load: (keys) => use(() => parked.load(keys)),
      list: (limit, after) => use(() => parked.list(limit, after)),
      settle: (settlement) => use(() => settle(settlement as ParkedSettlement<JsonObject>)),
    },
    slicing: {
      read: () => use(slices.division),
      divide: (count) => use(() => inTransaction(database, () => slices.divide(count))),
    },
  };
}

/** Makes ready, before the transaction, so that the write lock is held for the writing only. */
type RowWriter = (rows: ReadonlyMap<string, JsonObject | undefined>) => () => void;

interface Stored {
  readonly slices: Slices;
  readonly parked: ParkedRows;
  readonly rows: RowWriter;
}

function createApply(
  database: SqliteDatabase,
  { slices, parked, rows }: Stored,
): (step: ReadModelStep<JsonObject>) => 'applied' | 'overtaken' {
  return (step) => {
    const { slice, from, to, parked: changes = [] } = step;
    if (to <= from) throw new RangeError(`a step goes on: from ${from} to ${to}`);
    const writeRows = rows(step.rows);
    return inTransaction(database, () => {
      if (slices.checkpoint(slice) !== from || !slices.isInForce(slice, to)) return 'overtaken';
      if (changes.length > 0 && !parked.isAsItWas(changes)) return 'overtaken';
      writeRows();
      parked.change(changes);
      slices.moveTo(slice, to);
      return 'applied';
    });
  };
}

function createSettle(
  database: SqliteDatabase,
  { parked, rows }: Omit<Stored, 'slices'>,
): (settlement: ParkedSettlement<JsonObject>) => 'settled' | 'overtaken' {
  return (settlement) => {
    const writeRows = rows(settlement.rows);
    return inTransaction(database, () => {
      if (!parked.isAsItWas(settlement.parked)) return 'overtaken';
      writeRows();
      parked.change(settlement.parked);
      return 'settled';
    });
  };
}

function createRowWriter(database: SqliteDatabase, layout: Layout): RowWriter {
  const fields = [...layout.columns.keys()];
  const upsertRow = database.prepare(upsertStatement(layout));
  const deleteRow = database.prepare(`DELETE FROM ${layout.table} WHERE key = ?`);
  return (rows) => {
    const deleted: string[] = [];
    const written: (readonly SqliteValue[])[] = [];
    for (const [key, row] of rows) {
      if (row === undefined) deleted.push(encodeText(key));
      else written.push(valuesOf(key, row, fields));
    }
    return () => {
      for (const key of deleted) deleteRow.run(key);
      for (const values of written) upsertRow.run(...values);
    };
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
