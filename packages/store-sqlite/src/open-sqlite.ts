import { createRequire } from 'node:module';
import { getBuiltinModule } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@tidemark/core';
import { faultOf, isBusy } from './sqlite-faults.ts';

/** What SQLite stores and answers; integers above 2^53 are refused by the driver. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** A prepared statement; the part of `node:sqlite`'s `StatementSync` that this package uses. */
export interface SqliteStatement {
  readonly run: (...values: readonly SqliteValue[]) => {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  readonly get: (...values: readonly SqliteValue[]) => unknown;
  readonly all: (...values: readonly SqliteValue[]) => unknown[];
  readonly iterate: (...values: readonly SqliteValue[]) => IterableIterator<unknown>;
  /** Rows as arrays instead of objects. Absent on older Nodes. */
  readonly setReturnArrays?: (on: boolean) => void;
}

/** An open file; the part of `node:sqlite`'s `DatabaseSync` that this package uses. */
export interface SqliteDatabase {
  readonly exec: (sql: string) => void;
  readonly prepare: (sql: string) => SqliteStatement;
  readonly close: () => void;
}

interface Driver {
  readonly DatabaseSync: new (path: string) => SqliteDatabase;
}

/** How long a writer waits for another process's transaction. */
export const BUSY_TIMEOUT_MS = 10_000;
/** Counts only for a new file: the best of those measured for rows of some 400 bytes, from 100,000 to 600,000 of them. */
const PAGE_BYTES = 8_192;
/** A page that changes again and again is written into the file once for each of these. */
const WAL_PAGES = 4_096;
const CACHE_KIB = 32_768;
const SYNCHRONOUS_FULL = 2;
/** What each connection is told, as pragmas. */
export const CONNECTION_SETTINGS: readonly string[] = [
  `busy_timeout = ${BUSY_TIMEOUT_MS}`,
  `wal_autocheckpoint = ${WAL_PAGES}`,
  `cache_size = -${CACHE_KIB}`,
];
/** Switching to WAL does not wait for the busy timeout, so two processes that start together try again. */
const WAL_TRIES = 100;
const WAL_RETRY_AFTER_MS = 20;

/**
 * Opens (or creates) a file: write-ahead log, every commit synced to stable storage. Uses `node:sqlite`
 * where this Node has it, else the package with the same API.
 *
 * @throws STORE_UNAVAILABLE when the file cannot be opened; CONFIGURATION_INVALID when SQLite would not sync each commit.
 *
 * @example
 * const database = await openSqlite('./data/flights.db');
 */
export async function openSqlite(path: string): Promise<SqliteDatabase> {
  const { DatabaseSync } = await findDriver();
  let database: SqliteDatabase;
  try {
    database = new DatabaseSync(path);
  } catch (error) {
    throw faultOf(error);
  }
  try {
    for (const setting of CONNECTION_SETTINGS) database.exec(`PRAGMA ${setting}`);
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
    await useWriteAheadLog(database);
    database.exec('PRAGMA synchronous = FULL');
    assertDurable(database, path);
    return database;
  } catch (error) {
    database.close();
    throw faultOf(error);
  }
}

/**
 * Closes a file, and first moves its write-ahead log into it where nobody else is at work. The driver alone would
 * leave the log behind until its statements are collected.
 *
 * @example
 * closeSqlite(database);
 */
export function closeSqlite(database: SqliteDatabase): void {
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // The log stays beside the file; whoever opens it next reads both.
  } finally {
    database.close();
  }
}

/** Rows as arrays where the driver can: cheaper than objects. Answers whether it can. */
export function useArrayRows(statement: SqliteStatement): boolean {
  statement.setReturnArrays?.(true);
  return statement.setReturnArrays !== undefined;
}

/** The value of a pragma, for example `readPragma(database, 'data_version')`. */
export function readPragma(database: SqliteDatabase, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return typeof row === 'object' && row !== null ? Object.values(row)[0] : undefined;
}

/** Where an open file lies, in whatever folder this process works by now; `''` for a database in memory. */
export function fileOf(database: SqliteDatabase): string {
  const [main] = database.prepare('PRAGMA database_list').all();
  return (main as { readonly file: string }).file;
}

/** What another process loads to open files as this one does. */
export function driverModule(): string {
  if (getBuiltinModule('node:sqlite') !== undefined) return 'node:sqlite';
  return createRequire(import.meta.url).resolve('@photostructure/sqlite');
}

async function findDriver(): Promise<Driver> {
  const builtIn = getBuiltinModule('node:sqlite');
  // The built-in module has no types on the oldest Node that this package supports.
  if (builtIn !== undefined) return builtIn as Driver;
  return (await import('@photostructure/sqlite')) as Driver;
}

async function useWriteAheadLog(database: SqliteDatabase): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || tries === WAL_TRIES) throw error;
      await delay(WAL_RETRY_AFTER_MS);
    }
  }
}

/** Read back, because SQLite answers a pragma that it cannot follow with silence. */
export function assertDurable(database: SqliteDatabase, path: string): void {
  const journal = readPragma(database, 'journal_mode');
  const synchronous = readPragma(database, 'synchronous');
  // A database in memory has no journal; it is chosen by name and only by tests.
  const journalIsRight = journal === 'wal' || (path === ':memory:' && journal === 'memory');
  if (journalIsRight && synchronous === SYNCHRONOUS_FULL) return;
  throw new Fault('CONFIGURATION_INVALID', 'SQLite does not sync every commit of this file', {
    facts: { path, journal, synchronous },
  });
}
