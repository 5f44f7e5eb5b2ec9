import { assertShape, describeIndexes, Fault, type TableShape } from '@tidemark/core';
import { inTransaction, type SqliteDatabase } from './open-sqlite.ts';

/** Where a read model version lies in the file. Names are checked, numbered and safe to stand in a statement. */
export interface Layout {
  readonly shape: TableShape;
  readonly table: string;
  /** Column of each indexed field, in their order in the table. */
  readonly columns: ReadonlyMap<string, string>;
  /** SQL index of each index. */
  readonly sqlIndexes: ReadonlyMap<string, string>;
}

const CREATE_CHECKPOINTS = `CREATE TABLE IF NOT EXISTS checkpoints (
  name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID`;
const CREATE_READ_MODELS = `CREATE TABLE IF NOT EXISTS read_models (
  name TEXT NOT NULL, version INTEGER NOT NULL, indexes TEXT NOT NULL,
  PRIMARY KEY (name, version)) WITHOUT ROWID`;
const CREATE_SLICES = `CREATE TABLE IF NOT EXISTS read_model_slices (
  table_name TEXT NOT NULL, slice TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (table_name, slice)) WITHOUT ROWID`;
const CREATE_DIVISIONS = `CREATE TABLE IF NOT EXISTS read_model_divisions (
  table_name TEXT PRIMARY KEY, count INTEGER NOT NULL, next_count INTEGER, next_at INTEGER) WITHOUT ROWID`;
const CREATE_PARKED = `CREATE TABLE IF NOT EXISTS read_model_parked (
  table_name TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL,
  error TEXT NOT NULL, since TEXT NOT NULL, waiting INTEGER NOT NULL,
  PRIMARY KEY (table_name, key)) WITHOUT ROWID`;
const CREATE_SNAPSHOTS = `CREATE TABLE IF NOT EXISTS snapshots (
  key TEXT PRIMARY KEY, revision INTEGER NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL,
  state TEXT NOT NULL, digest TEXT NOT NULL)`;
const CATALOGUE = [
  CREATE_CHECKPOINTS,
  CREATE_READ_MODELS,
  CREATE_SLICES,
  CREATE_DIVISIONS,
  CREATE_PARKED,
  CREATE_SNAPSHOTS,
];
const SELECT_INDEXES = 'SELECT indexes FROM read_models WHERE name = ? AND version = ?';
const INSERT_READ_MODEL = 'INSERT INTO read_models (name, version, indexes) VALUES (?, ?, ?)';

/** Makes what every file of read models holds. */
export function createCatalogue(database: SqliteDatabase): void {
  inTransaction(database, () => {
    for (const create of CATALOGUE) database.exec(create);
  });
}

/** Finds or makes the table of a version. @throws CONFIGURATION_INVALID when it was made with other indexes. */
export function openLayout(database: SqliteDatabase, shape: TableShape): Layout {
  assertShape(shape);
  const layout = layoutOf(shape);
  const { name, version } = shape;
  const indexes = describeIndexes(shape.indexes);
  inTransaction(database, () => {
    const stored = database.prepare(SELECT_INDEXES).get(name, version) as
      | { readonly indexes: string }
      | undefined;
    if (stored === undefined) {
      for (const create of createStatements(layout)) database.exec(create);
      database.prepare(INSERT_READ_MODEL).run(name, version, indexes);
    } else if (stored.indexes !== indexes) {
      throw new Fault(
        'CONFIGURATION_INVALID',
        `${name} has other indexes than the stored version ${version}: raise its version`,
      );
    }
  });
  return layout;
}

/** Numbered, because SQLite takes `total` and `Total` for one name. */
function layoutOf(shape: TableShape): Layout {
  const table = `rm_${shape.name.replaceAll('-', '_')}_${shape.version}`;
  const names = Object.keys(shape.indexes).sort();
  const fields = [...new Set(names.flatMap((name) => shape.indexes[name] ?? []))];
  return {
    shape,
    table,
    columns: new Map(fields.map((field, at) => [field, `"c${at}_${field}"`])),
    sqlIndexes: new Map(names.map((name, at) => [name, `"${table}_i${at}_${name}"`])),
  };
}

/** Columns of indexed fields have no type, so that SQLite stores and compares values as they come. */
function createStatements({ shape, table, columns, sqlIndexes }: Layout): readonly string[] {
  const declared = [...columns.values()].map((column) => `, ${column} NOT NULL`).join('');
  const createTable = `CREATE TABLE ${table} (
    key TEXT PRIMARY KEY NOT NULL, row TEXT NOT NULL${declared})`;
  const createIndexes = [...sqlIndexes].map(([name, sqlIndex]) => {
    const indexed = (shape.indexes[name] ?? []).map((field) => columns.get(field));
    return `CREATE INDEX ${sqlIndex} ON ${table} (${[...indexed, 'key'].join(', ')})`;
  });
  return [createTable, ...createIndexes];
}
