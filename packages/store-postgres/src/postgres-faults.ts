import { Fault, isFault } from '@tidemark/core';
import pg from 'pg';

const DISK_FULL = '53100';
/** Its entries are unique. */
const COMMAND_INDEX = 'events_command_number';
/** SQLSTATE classes of values that PostgreSQL cannot hold: data exceptions, program limits. */
const REFUSED_VALUE = /^(22|54)/;
/**
 * Where PostgreSQL says that its queue of notifications is full. Its SQLSTATE is that of values that are too large, and
 * its words are translated.
 */
const NOTIFIES = 'PreCommit_Notify';
/**
 * SQLSTATEs of a session that ends or of a statement whose end is not known. A proxy may report them and keep its own
 * connection to the client.
 */
const SESSION_ENDS = /^(08|57P|40003$)/;

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
    if (REFUSED_VALUE.test(error.code) && !isNotificationsFull(error)) {
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

/** Whether a fault of a commit says that one of its commands was accepted before. Nothing of it was stored. */
export function isRepeatedCommand(fault: unknown): boolean {
  if (!isFault(fault, 'STORE_UNAVAILABLE')) return false;
  const { cause } = fault;
  return cause instanceof pg.DatabaseError && cause.constraint === COMMAND_INDEX;
}

/** Whether PostgreSQL refused because somebody who listens has not read on for very long. It has room for 8 GB by default. */
export function isNotificationsFull(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.routine === NOTIFIES;
}

/**
 * What a failed commit means, once its call has been sent. PostgreSQL reports an error either as the statement's own:
 * the transaction is rolled back and the session goes on; or as the session's (FATAL, PANIC): that may have ended
 * just behind its commit. Which one it was is told by whether the session goes on, because the word for it in the
 * report is translated where `lc_messages` is not English.
 *
 * @param lives Whether the session answered afterwards.
 */
export function commitFaultOf(error: unknown, lives: boolean): Fault {
  if (error instanceof pg.DatabaseError && lives && !SESSION_ENDS.test(error.code ?? '')) {
    return faultOf(error);
  }
  return new Fault('OUTCOME_UNKNOWN', 'the connection was lost after the commit had been sent', {
    cause: error,
  });
}
