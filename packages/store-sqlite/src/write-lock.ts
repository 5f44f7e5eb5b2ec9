import { BUSY_TIMEOUT_MS, type SqliteDatabase } from './open-sqlite.ts';
import { isBusy } from './sqlite-faults.ts';

const WAIT = `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`;
const TRY = `PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; ${WAIT}`;
const FIRST_WAIT_MS = 0.1;
/** Longer than a few commits of a process that has the lock most of the time, and short beside what a caller notices. */
const LONGEST_WAIT_MS = 5;
const GROWTH = 1.5;

/** Nobody ever wakes who waits on it. */
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** How to wait while another process is writing. */
export interface LockWait {
  /** Done before each try: what must be read of the other's commits is then mostly read while the lock is the other's. */
  readonly meanwhile?: () => void;
  /** When to give up: after 10 seconds unless given. */
  readonly forMs?: number;
}

/**
 * Begins a transaction that writes. Goes by the clock, where SQLite adds up how long it meant to sleep and gives up too
 * soon when signals wake it, those of a profiler for example.
 *
 * @throws SQLite's own error when it gives up; what `meanwhile` throws. Then no transaction has begun.
 */
export function beginWriting(database: SqliteDatabase, wait: LockWait = {}): void {
  const { meanwhile, forMs = BUSY_TIMEOUT_MS } = wait;
  const untilMs = performance.now() + forMs;
  for (let waitMs = FIRST_WAIT_MS; !hasBegun(database, untilMs); ) {
    Atomics.wait(nobody, 0, 0, waitMs);
    waitMs = Math.min(GROWTH * waitMs, LONGEST_WAIT_MS);
    meanwhile?.();
  }
}

/** Tries at once. @throws when another process is writing and the time is over. */
function hasBegun(database: SqliteDatabase, untilMs: number): boolean {
  try {
    database.exec(TRY);
    return true;
  } catch (error) {
    // What is read in the meantime waits as long as ever: for a file that another process mends or closes.
    database.exec(WAIT);
    if (!isBusy(error) || performance.now() >= untilMs) throw error;
    return false;
  }
}
