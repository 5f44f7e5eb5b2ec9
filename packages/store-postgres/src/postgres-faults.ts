import { Fault, isFault } from '@tidemark/core';
import pg from 'pg';

const DISK_FULL = '53100';
/** SQLSTATE classes of values that PostgreSQL cannot hold: data exceptions, program limits. */
const REFUSED_VALUE = /^(22|54)/;

/**
 * What a failed statement means when nothing of it can have been stored (a read, or an error that PostgreSQL
 * reported and rolled back).
 */
export function faultOf(error: unknown): Fault {
  if (isFault(error)) return error;
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const facts = { sqlState: error.code };
    if (error.code === DISK_FULL) {
      return new Fault('STORE_FULL', 'no space left on the server', { cause: error, facts });
    }
    if (REFUSED_VALUE.test(error.code)) {
      return new Fault('EVENT_INVALID', `PostgreSQL cannot store a value: ${error.message}`, {
        cause: error,
        facts,
      });
    }
    return new Fault('STORE_UNAVAILABLE', `PostgreSQL refused: ${error.message}`, {
      cause: error,
      facts,
    });
  }
  return new Fault('STORE_UNAVAILABLE', 'PostgreSQL does not answer', { cause: error });
}

/**
 * What a failed commit means, once its call has been sent. Only an error that PostgreSQL reports as one of the
 * statement's own says that the transaction was rolled back. A session that ends (FATAL, PANIC, a broken
 * connection) may have ended just behind its commit.
 */
export function commitFaultOf(error: unknown): Fault {
  if (error instanceof pg.DatabaseError && error.severity === 'ERROR') return faultOf(error);
  return new Fault('OUTCOME_UNKNOWN', 'the connection was lost after the commit had been sent', {
    cause: error,
  });
}
