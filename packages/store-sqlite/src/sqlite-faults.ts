import { Fault } from '@tidemark/core';

// Primary result codes; the extended code carries them in its low byte. https://sqlite.org/rescode.html
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
/** Another process stands still in the middle of a change to what all share of the write-ahead log. */
const PROTOCOL = 15;
const NOT_A_DATABASE = 26;

/** The driver for Node 20 leaves the code out of what `all` throws; the texts are those of `sqlite3_errstr`. */
const CODES_BY_TEXT: Readonly<Record<string, number>> = {
  'database is locked': BUSY,
  'database table is locked': LOCKED,
  'attempt to write a readonly database': READ_ONLY,
  'disk I/O error': IO_ERROR,
  'database disk image is malformed': CORRUPT,
  'database or disk is full': FULL,
  'unable to open database file': CANNOT_OPEN,
  'locking protocol': PROTOCOL,
  'file is not a database': NOT_A_DATABASE,
};

const TOO_LARGE = 'too large to be represented as a JavaScript number';

/** The primary SQLite result code of something caught; `undefined` when SQLite did not throw it. */
export function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  const isOfDriver = 'code' in error && error.code === 'ERR_SQLITE_ERROR';
  return isOfDriver ? CODES_BY_TEXT[error.message] : undefined;
}

/** Whether another connection held the lock for longer than the busy timeout. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === BUSY || code === LOCKED;
}

/** What SQLite threw, as a fault where the port has one for it; anything else as it came. Nothing was stored. */
export function faultOf(error: unknown): unknown {
  switch (resultCodeOf(error)) {
    case BUSY:
    case LOCKED:
    case PROTOCOL:
      return new Fault('STORE_UNAVAILABLE', 'another process holds the file', { cause: error });
    case READ_ONLY:
    case IO_ERROR:
    case CANNOT_OPEN:
      return new Fault('STORE_UNAVAILABLE', 'the file cannot be read or written', { cause: error });
    case FULL:
      return new Fault('STORE_FULL', 'no space left for the file', { cause: error });
    case CORRUPT:
    case NOT_A_DATABASE:
      return new Fault('LOG_CORRUPT', 'SQLite finds its file damaged', { cause: error });
    default:
      return error;
  }
}

/** As `faultOf`, of the log: no number in it is larger than those of the language, which the driver refuses to answer. */
export function logFaultOf(error: unknown): unknown {
  const isTooLarge = error instanceof Error && error.message.includes(TOO_LARGE);
  if (!isTooLarge) return faultOf(error);
  return new Fault('LOG_CORRUPT', 'a number in the log is larger than any that is written', {
    cause: error,
  });
}

/**
 * What a failed COMMIT means. A full disk or a lock stops it before its last page is written; after
 * any other failure (an fsync that failed) the pages may be found by the next process that opens the file.
 */
export function commitFaultOf(error: unknown): unknown {
  const code = resultCodeOf(error);
  if (code === FULL || code === BUSY || code === LOCKED) return faultOf(error);
  return new Fault('OUTCOME_UNKNOWN', 'the commit failed after it had begun', { cause: error });
}
