import {
  checkQuestion,
  Fault,
  type FoundPage,
  type JsonObject,
  type ReadModelEngine,
  type ReadModelShape,
  type ReadModelStep,
  type ReadModelTable,
  type ScannedRows,
  type Snapshot,
  type Snapshots,
  scalarOf,
  type TableShape,
} from '@tidemark/core';
import {
  createBuilds,
  droppedFault,
  findTable,
  type StoredBuilds,
  type StoredTable,
  scanRows,
} from './read-model-engine-builds.ts';
import { findRows } from './read-model-engine-find.ts';
import { changeParked, createParking, isAsItWas } from './read-model-engine-parking.ts';
import { createSlicing, isInForce, sliceId } from './read-model-engine-slicing.ts';

/** What a file would hold: outlives the engines that work on it. */
export interface MemoryReadModelStorage extends StoredBuilds {
  readonly checkpoints: Map<string, bigint>;
  readonly snapshots: Map<string, Snapshot>;
}

/** An empty storage for read model engines in one process. */
export function createMemoryReadModelStorage(): MemoryReadModelStorage {
  return { tables: new Set(), numbers: new Map(), checkpoints: new Map(), snapshots: new Map() };
}

/**
 * Read models in memory: the executable definition of the port. `find` looks at every row, so it is for
 * tests and small things; nothing survives the process.
 *
 * @example
 * const readModels = createMemoryReadModels();
 */
export function createMemoryReadModels(
  options: { readonly storage?: MemoryReadModelStorage } = {},
): ReadModelEngine {
  const storage = options.storage ?? createMemoryReadModelStorage();
  let closed = false;
  const open = () => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the read models are closed');
    return storage;
  };

  return {
    open: async <Row extends object>(shape: ReadModelShape<Row>, build?: number) => {
      const table = findTable(open(), shape as TableShape, build);
      return createTable<Row>(shape as TableShape, () => {
        open();
        if (table.isDropped) throw droppedFault(table);
        return table;
      });
    },
    builds: createBuilds(open),
    checkpoints: {
      load: async (name) => open().checkpoints.get(name) ?? 0n,
      save: async (name, position) => {
        open().checkpoints.set(name, position);
      },
    },
    snapshots: createSnapshots(() => open().snapshots),
    close: async () => {
      closed = true;
    },
  };
}

function createSnapshots(snapshots: () => Map<string, Snapshot>): Snapshots {
  return {
    load: async (key) => snapshots().get(key),
    save: async (key, snapshot) => {
      snapshots().set(key, { ...snapshot });
    },
    drop: async (key) => {
      snapshots().delete(key);
    },
  };
}

function createTable<Row extends object>(
  shape: TableShape,
  table: () => StoredTable,
): ReadModelTable<Row> {
  const fields = [...new Set(Object.values(shape.indexes).flat())];
  return {
    checkpoint: async (slice) => table().checkpoints.get(sliceId(slice)) ?? 0n,
    load: async (keys) => loadRows<Row>(table(), keys),
    apply: async (step) => applyStep(table(), fields, step as ReadModelStep<JsonObject>),
    get: async (key) => loadRows<Row>(table(), [key]).get(key),
    find: async (request) =>
      findRows(table().rows, checkQuestion(shape, request)) as FoundPage<Row>,
    clear: async () => {
      const { rows, checkpoints, parked, division } = table();
      for (const kept of [rows, checkpoints, parked]) kept.clear();
      if (division !== undefined) table().division = { count: division.count };
    },
    parking: createParking<Row>(table, (rows) => writeRows(table(), fields, rows)),
    slicing: createSlicing(table),
    scan: async (after, limit) => scanRows(table(), after, limit) as ScannedRows<Row>,
  };
}

function applyStep(
  table: StoredTable,
  fields: readonly string[],
  { slice, from, to, rows, parked = [] }: ReadModelStep<JsonObject>,
): 'applied' | 'overtaken' {
  if (to <= from) throw new RangeError(`a step goes on: from ${from} to ${to}`);
  if (!isInForce(table, slice, to)) return 'overtaken';
  if ((table.checkpoints.get(sliceId(slice)) ?? 0n) !== from) return 'overtaken';
  if (!isAsItWas(table, parked)) return 'overtaken';
  writeRows(table, fields, rows);
  changeParked(table, parked);
  table.checkpoints.set(sliceId(slice), to);
  return 'applied';
}

function writeRows(
  table: StoredTable,
  fields: readonly string[],
  rows: ReadonlyMap<string, object | undefined>,
): void {
  // All is checked before anything changes.
  const written = [...rows].map(
    ([key, row]) => [key, row && toJson(row as JsonObject, fields)] as const,
  );
  for (const [key, json] of written) {
    if (json === undefined) table.rows.delete(key);
    else table.rows.set(key, json);
  }
}

function toJson(row: JsonObject, fields: readonly string[]): string {
  for (const field of fields) scalarOf(row, field);
  return JSON.stringify(row);
}

function loadRows<Row extends object>(
  { rows }: StoredTable,
  keys: readonly string[],
): ReadonlyMap<string, Row> {
  const found = new Map<string, Row>();
  for (const key of keys) {
    const json = rows.get(key);
    if (json !== undefined) found.set(key, JSON.parse(json) as Row);
  }
  return found;
}
