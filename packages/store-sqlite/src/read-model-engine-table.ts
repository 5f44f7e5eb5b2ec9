import {
  type FoundPage,
  type JsonObject,
  type ParkedSettlement,
  type ReadModelParking,
  type ReadModelStep,
  type ReadModelTable,
  type Scalar,
  type ScannedRows,
  scalarOf,
} from '@tidemark/core';
import type { SqliteDatabase, SqliteValue } from './open-sqlite.ts';
import { createFinder } from './read-model-engine-find.ts';
import { type Changing, openKept, type Use } from './read-model-engine-kept.ts';
import { openParkedRows, type ParkedRows } from './read-model-engine-parking.ts';
import { createScan } from './read-model-engine-scan.ts';
import type { Layout } from './read-model-engine-schema.ts';
import { openSlices, type Slices } from './read-model-engine-slicing.ts';
import { decodeText, encodeScalar, encodeText } from './read-model-engine-values.ts';

/** Writing runs on the thread that also answers requests: so many rows take it a few milliseconds. */
const ROWS_PER_STEP = 250;

interface StoredRow {
  readonly key: string;
  readonly row: string;
}

/** The rows of one build. `use` runs work on the open file and turns what SQLite throws into faults. */
export function createTable<Row extends object>(
  database: SqliteDatabase,
  layout: Layout,
  use: Use,
): ReadModelTable<Row> {
  const { table } = layout;
  const { reading, looking, changing } = openKept(database, layout, use);
  const selectRow = database.prepare(`SELECT row FROM ${table} WHERE key = ?`);
  const selectRows = database.prepare(
    `SELECT key, row FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`,
  );
  const find = createFinder(database, layout);
  const slices = openSlices(database, table);
  const parked = openParkedRows(database, table);
  const rows = createRowWriter(database, layout);
  const scan = createScan(database, layout, { slices, parked });

  return {
    checkpoint: (slice) => looking(() => slices.checkpoint(slice)),
    load: (keys) =>
      reading(() => {
        const found = selectRows.all(JSON.stringify(keys.map(encodeText))) as StoredRow[];
        return new Map(found.map(({ key, row }) => [decodeText(key), JSON.parse(row) as Row]));
      }),
    apply: applyWith<Row>({ slices, parked, rows }, changing),
    get: (key) =>
      reading(() => {
        const found = selectRow.get(encodeText(key)) as Pick<StoredRow, 'row'> | undefined;
        return found && (JSON.parse(found.row) as Row);
      }),
    find: (request) => reading(() => find(request) as FoundPage<Row>),
    clear: () =>
      changing(() => () => {
        database.exec(`DELETE FROM ${table}`);
        slices.clear();
        parked.clear();
      }),
    rowsPerStep: ROWS_PER_STEP,
    parking: {
      load: (keys) => looking(() => parked.load(keys)),
      list: (limit, after) => looking(() => parked.list(limit, after)),
      settle: settleWith<Row>({ parked, rows }, changing),
    },
    slicing: {
      read: () => looking(slices.division),
      divide: (count) => changing(() => () => slices.divide(count)),
    },
    scan: (after, limit) => reading(() => scan(after, limit) as ScannedRows<Row>),
  };
}

/** Makes ready, before the transaction, so that the write lock is held for the writing only. */
type RowWriter = (rows: ReadonlyMap<string, JsonObject | undefined>) => () => void;

interface Stored {
  readonly slices: Slices;
  readonly parked: ParkedRows;
  readonly rows: RowWriter;
}

function applyWith<Row extends object>(
  { slices, parked, rows }: Stored,
  changing: Changing,
): ReadModelTable<Row>['apply'] {
  return (step) =>
    changing(() => {
      const { slice, from, to, parked: changes = [] } = step;
      if (to <= from) throw new RangeError(`a step goes on: from ${from} to ${to}`);
      const writeRows = rows((step as ReadModelStep<JsonObject>).rows);
      return () => {
        if (slices.checkpoint(slice) !== from || !slices.isInForce(slice, to)) return 'overtaken';
        if (changes.length > 0 && !parked.isAsItWas(changes)) return 'overtaken';
        writeRows();
        parked.change(changes);
        slices.moveTo(slice, to);
        return 'applied';
      };
    });
}

function settleWith<Row extends object>(
  { parked, rows }: Omit<Stored, 'slices'>,
  changing: Changing,
): ReadModelParking<Row>['settle'] {
  return (settlement) =>
    changing(() => {
      const writeRows = rows((settlement as ParkedSettlement<JsonObject>).rows);
      return () => {
        if (!parked.isAsItWas(settlement.parked)) return 'overtaken';
        writeRows();
        parked.change(settlement.parked);
        return 'settled';
      };
    });
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
