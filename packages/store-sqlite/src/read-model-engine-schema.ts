import { assertShape, describeIndexes, Fault, type TableShape } from '@tidemark/core';
import type { SqliteDatabase } from './open-sqlite.ts';
import { droppedFault, openCatalogue } from './read-model-engine-catalogue.ts';

/** Where a read model version lies in the file. Names are checked, numbered and safe to stand in a statement. */
export interface Layout {
  readonly shape: TableShape;
  readonly table: string;
  /** Column of each indexed field, in their order in the table. */
  readonly columns: ReadonlyMap<string, string>;
  /** SQL index of each index. */
  readonly sqlIndexes: ReadonlyMap<string, string>;
}

/** What is kept of a table beside its rows. */
const SATELLITES = ['read_model_slices', 'read_model_divisions', 'read_model_parked'];

/**
 * Finds the table of a version: that of the build named, else of the one in force, else of the newest; makes the
 * first. Wants a transaction around it. @throws CONFIGURATION_INVALID when it was made with other indexes, READ_MODEL_DROPPED when there is none.
 */
export function openLayout(database: SqliteDatabase, shape: TableShape, build?: number): Layout {
  assertShape(shape);
  const { name, version } = shape;
  const indexes = describeIndexes(shape.indexes);
  const catalogue = openCatalogue(database);
  const stored = catalogue.indexesOf(name, version);
  if (stored !== undefined && stored !== indexes) {
    throw new Fault(
      'CONFIGURATION_INVALID',
      `${name} has other indexes than the stored version ${version}: raise its version`,
    );
  }
  const all = catalogue.kept(name);
  const kept = all.filter((one) => one.version === version);
  if (build === undefined && kept.length === 0) {
    catalogue.addVersion(name, version, indexes);
    // Where another version answers queries, this one has to catch up first.
    const table = catalogue.addBuild(shape, { isInForce: all.length === 0 });
    return createRows(database, shape, table);
  }
  const found =
    build === undefined
      ? (kept.find(({ in_force }) => in_force === 1) ?? kept.at(-1))
      : kept.find((one) => one.build === build);
  if (found === undefined) throw droppedFault(name, version);
  return layoutOf(shape, found.table_name);
}

/** Makes an empty table. */
export function createRows(database: SqliteDatabase, shape: TableShape, table: string): Layout {
  const layout = layoutOf(shape, table);
  for (const create of createStatements(layout)) database.exec(create);
  return layout;
}

/** Removes a table with all that is kept of it. Its name is one that `createRows` was given. */
export function dropRows(database: SqliteDatabase, table: string): void {
  database.exec(`DROP TABLE ${table}`);
  for (const satellite of SATELLITES) {
    database.prepare(`DELETE FROM ${satellite} WHERE table_name = ?`).run(table);
  }
}

/** Numbered, because SQLite takes `total` and `Total` for one name. */
function layoutOf(shape: TableShape, table: string): Layout {
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
