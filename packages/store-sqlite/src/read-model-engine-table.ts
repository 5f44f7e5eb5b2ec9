import {
  type FoundPage,
  type JsonObject,
  type ReadModelParking,
  type ReadModelTable,
  type Scalar,
  type ScannedRows,
  scalarOf,
} from '@tidemark/core';
import type { Write } from './file-change.ts';
import type { SqliteValue } from './open-sqlite.ts';
import { createFinder } from './read-model-engine-find.ts';
import { type OpenReadModels, openKept, type Writing } from './read-model-engine-kept.ts';
import { openParkedRows, type ParkedRows } from './read-model-engine-parking.ts';
import { createScan } from './read-model-engine-scan.ts';
import type { Layout } from './read-model-engine-schema.ts';
import { openSlices, type Slices } from './read-model-engine-slicing.ts';
import { decodeText, encodeScalar, encodeText } from './read-model-engine-values.ts';

/** Enough that rows which change often are written seldom, while those that wait to be written stay a few megabytes. */
const ROWS_PER_STEP = 10_000;
/** Made at once, on the thread that also answers requests: it takes a millisecond. */
const ROWS_PER_PART = 500;

interface StoredRow {
  readonly key: string;
  readonly row: string;
}

/** The rows of one build. */
export function createTable<Row extends object>(
  opened: OpenReadModels,
  layout: Layout,
): ReadModelTable<Row> {
  const { database } = opened;
  const { table } = layout;
  const { reading, looking, changing, writing } = openKept(opened, layout);
  const selectRow = database.prepare(`SELECT row FROM ${table} WHERE key = ?`);
  const selectRows = database.prepare(
    `SELECT key, row FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`,
  );
  const find = createFinder(database, layout);
  const slices = openSlices(database, table);
  const parked = openParkedRows(database, table);
  const stored: Stored = { slices, parked, rows: prepareRowWrites(layout) };
  const scan = createScan(database, layout, { slices, parked });

  return {
    checkpoint: (slice) => looking(() => slices.checkpoint(slice)),
    load: (keys) =>
      reading(() => {
        const found = selectRows.all(JSON.stringify(keys.map(encodeText))) as StoredRow[];
        return new Map(found.map(({ key, row }) => [decodeText(key), JSON.parse(row) as Row]));
      }),
    apply: applyWith<Row>(stored, writing),
    get: (key) =>
      reading(() => {
        const found = selectRow.get(encodeText(key)) as Pick<StoredRow, 'row'> | undefined;
        return found && (JSON.parse(found.row) as Row);
      }),
    find: (request) => reading(() => find(request) as FoundPage<Row>),
    clear: () =>
      changing(() => {
        database.exec(`DELETE FROM ${table}`);
        slices.clear();
        parked.clear();
      }),
    rowsPerStep: ROWS_PER_STEP,
    parking: {
      load: (keys) => looking(() => parked.load(keys)),
      list: (limit, after) => looking(() => parked.list(limit, after)),
      settle: settleWith<Row>(stored, writing),
    },
    slicing: {
      read: () => looking(slices.division),
      divide: (count) => changing(() => slices.divide(count)),
    },
    scan: (after, limit) => reading(() => scan(after, limit) as ScannedRows<Row>),
  };
}

/** What to write for the rows, in parts; the last one also has `others`. */
type RowWrites = (
  rows: ReadonlyMap<string, object | undefined>,
  others: readonly Write[],
) => Iterable<readonly Write[]>;

interface Stored {
  readonly slices: Slices;
  readonly parked: ParkedRows;
  readonly rows: RowWrites;
}

function applyWith<Row extends object>(
  { slices, parked, rows }: Stored,
  writing: Writing,
): ReadModelTable<Row>['apply'] {
  return async (step) => {
    const { from, to, parked: changes = [] } = step;
    if (to <= from) throw new RangeError(`a step goes on: from ${from} to ${to}`);
    const written = await writing({
      guards: [slices.guard(step), ...parked.guards(changes)],
      parts: rows(step.rows, [...parked.writes(changes), slices.move(step)]),
    });
    return written === 'overtaken' ? written : 'applied';
  };
}

function settleWith<Row extends object>(
  { parked, rows }: Stored,
  writing: Writing,
): ReadModelParking<Row>['settle'] {
  return async (settlement) => {
    const written = await writing({
      guards: parked.guards(settlement.parked),
      parts: rows(settlement.rows, parked.writes(settlement.parked)),
    });
    return written === 'overtaken' ? written : 'settled';
  };
}

function prepareRowWrites(layout: Layout): RowWrites {
  const fields = [...layout.columns.keys()];
  const upsertRow = upsertStatement(layout);
  const deleteRow = `DELETE FROM ${layout.table} WHERE key = ?`;
  const columns = fields.length + 2;
  return function* (rows, others) {
    let deleted: string[] = [];
    let written: SqliteValue[] = [];
    const part = (): readonly Write[] => [
      { sql: deleteRow, columns: 1, values: deleted },
      { sql: upsertRow, columns, values: written },
    ];
    for (const [key, row] of rows) {
      if (deleted.length + written.length / columns === ROWS_PER_PART) {
        yield part();
        deleted = [];
        written = [];
      }
      if (row === undefined) deleted.push(encodeText(key));
      else written.push(...valuesOf(key, row as JsonObject, fields));
    }
    yield [...part(), ...others];
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
