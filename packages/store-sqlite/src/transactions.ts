import type { SqliteDatabase } from './open-sqlite.ts';
import { commitFaultOf, faultOf } from './sqlite-faults.ts';
import { beginWriting, type LockWait } from './write-lock.ts';

/**
 * Runs `work` in one transaction that holds the write lock from its beginning; durable when it returns.
 * `work` must not wait. When it throws, nothing is stored and the error comes through, SQLite's own as a fault.
 *
 * @param wait How to wait while another process is writing.
 * @throws STORE_UNAVAILABLE, STORE_FULL, LOG_CORRUPT; OUTCOME_UNKNOWN when only the commit itself failed.
 *
 * @example
 * inTransaction(database, () => insert.run('a'));
 */
export function inTransaction<Result>(
  database: SqliteDatabase,
  work: () => Result,
  wait: LockWait = {},
): Result {
  let result: Result;
  try {
    beginWriting(database, wait);
    result = work();
  } catch (error) {
    rollBack(database);
    throw faultOf(error);
  }
  try {
    database.exec('COMMIT');
  } catch (error) {
    rollBack(database);
    throw commitFaultOf(error);
  }
  return result;
}

/**
 * Runs `work`, which only reads, on the file as it is at one moment, whatever other processes write meanwhile.
 *
 * @example
 * const [rows, checkpoint] = inSnapshot(database, () => [select.all(), selectCheckpoint.get()]);
 */
export function inSnapshot<Result>(database: SqliteDatabase, work: () => Result): Result {
  database.exec('BEGIN');
  try {
    return work();
  } finally {
    rollBack(database);
  }
}

/** A connection that cannot leave its transaction is closed: its reads would show what is not stored. */
function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // Mostly SQLite had rolled back by itself, or the transaction never began; then another one can begin.
    try {
      database.exec('BEGIN');
      database.exec('ROLLBACK');
    } catch {
      database.close();
    }
  }
}
