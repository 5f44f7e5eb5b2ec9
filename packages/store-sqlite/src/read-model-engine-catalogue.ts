import { Fault } from '@tidemark/core';
import type { SqliteDatabase } from './open-sqlite.ts';
import { inTransaction } from './transactions.ts';

const TABLES = [
  `CREATE TABLE IF NOT EXISTS checkpoints (
  name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS read_models (
  name TEXT NOT NULL, version INTEGER NOT NULL, indexes TEXT NOT NULL,
  PRIMARY KEY (name, version)) WITHOUT ROWID`,
  // A build that was dropped keeps its row, so that its number is not given twice.
  `CREATE TABLE IF NOT EXISTS read_model_builds (
  name TEXT NOT NULL, version INTEGER NOT NULL, build INTEGER NOT NULL, table_name TEXT NOT NULL UNIQUE,
  in_force INTEGER NOT NULL, dropped INTEGER NOT NULL DEFAULT 0, since TEXT, note TEXT,
  PRIMARY KEY (name, version, build)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS read_model_slices (
  table_name TEXT NOT NULL, slice TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (table_name, slice)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS read_model_divisions (
  table_name TEXT PRIMARY KEY, count INTEGER NOT NULL, next_count INTEGER, next_at INTEGER) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS read_model_parked (
  table_name TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL,
  error TEXT NOT NULL, since TEXT NOT NULL, waiting INTEGER NOT NULL,
  PRIMARY KEY (table_name, key)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS snapshots (
  key TEXT PRIMARY KEY, revision INTEGER NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL,
  state TEXT NOT NULL, digest TEXT NOT NULL)`,
];
/** Tables of code that knew one build of each version. */
const ADOPT = `INSERT INTO read_model_builds (name, version, build, table_name, in_force)
  SELECT name, version, 1, 'rm_' || replace(name, '-', '_') || '_' || version, 1 FROM read_models AS known
  WHERE NOT EXISTS (SELECT 1 FROM read_model_builds AS builds
    WHERE builds.name = known.name AND builds.version = known.version)`;
const SELECT_INDEXES = 'SELECT indexes FROM read_models WHERE name = ? AND version = ?';
const INSERT_READ_MODEL = 'INSERT INTO read_models (name, version, indexes) VALUES (?, ?, ?)';
const DELETE_READ_MODEL = 'DELETE FROM read_models WHERE name = ? AND version = ?';
const SELECT_KEPT = `SELECT version, build, table_name, in_force FROM read_model_builds
  WHERE name = ? AND dropped = 0 ORDER BY version, build`;
const SELECT_LAST =
  'SELECT max(build) AS last FROM read_model_builds WHERE name = ? AND version = ?';
const INSERT_BUILD = `INSERT INTO read_model_builds (name, version, build, table_name, in_force, since)
  VALUES (?, ?, ?, ?, ?, ?)`;
const SET_IN_FORCE = 'UPDATE read_model_builds SET in_force = ? WHERE table_name = ?';
const SET_DROPPED = `UPDATE read_model_builds SET dropped = 1, in_force = 0, note = NULL
  WHERE table_name = ?`;

export interface KeptTable {
  readonly version: number;
  readonly build: number;
  readonly table_name: string;
  readonly in_force: number;
}

/** What is known of read models, versions and builds. Nothing here begins a transaction; changes want one around them. */
export interface Catalogue {
  /** The indexes that a version was made with. */
  readonly indexesOf: (name: string, version: number) => string | undefined;
  readonly addVersion: (name: string, version: number, indexes: string) => void;
  readonly removeVersion: (name: string, version: number) => void;
  /** Builds of all versions, oldest first. */
  readonly kept: (name: string) => readonly KeptTable[];
  /** Answers the name of the table to make. */
  readonly addBuild: (
    which: { readonly name: string; readonly version: number },
    made: { readonly isInForce: boolean; readonly since?: string },
  ) => string;
  readonly setInForce: (table: string, isInForce: boolean) => void;
  readonly setDropped: (table: string) => void;
}

/** Makes what every file of read models holds. */
export function createCatalogue(database: SqliteDatabase): void {
  inTransaction(database, () => {
    for (const create of TABLES) database.exec(create);
  });
}

export function openCatalogue(database: SqliteDatabase): Catalogue {
  const run = (sql: string, ...values: readonly (string | number | null)[]): void => {
    database.prepare(sql).run(...values);
  };
  return {
    indexesOf: (name, version) => {
      database.exec(ADOPT);
      const found = database.prepare(SELECT_INDEXES).get(name, version);
      return (found as { readonly indexes: string } | undefined)?.indexes;
    },
    addVersion: (name, version, indexes) => run(INSERT_READ_MODEL, name, version, indexes),
    removeVersion: (name, version) => run(DELETE_READ_MODEL, name, version),
    kept: (name) => database.prepare(SELECT_KEPT).all(name) as KeptTable[],
    addBuild: ({ name, version }, { isInForce, since }) => {
      const found = database.prepare(SELECT_LAST).get(name, version);
      const build = ((found as { readonly last: number | null }).last ?? 0) + 1;
      const table = tableName(name, version, build);
      run(INSERT_BUILD, name, version, build, table, isInForce ? 1 : 0, since ?? null);
      return table;
    },
    setInForce: (table, isInForce) => run(SET_IN_FORCE, isInForce ? 1 : 0, table),
    setDropped: (table) => run(SET_DROPPED, table),
  };
}

export function droppedFault(name: string, version: number): Fault {
  return new Fault('READ_MODEL_DROPPED', `this build of ${name}, version ${version}, was dropped`, {
    facts: { readModel: name, version },
  });
}

/** The first build has the name that tables had before there were builds. */
function tableName(name: string, version: number, build: number): string {
  const first = `rm_${name.replaceAll('-', '_')}_${version}`;
  return build === 1 ? first : `${first}_b${build}`;
}
