import { Fault } from '@tidemark/core';
import pg from 'pg';
import { clientConfig, type PostgresTarget, prepareSession } from './connection.ts';

/** Some connections, each used for a statement or a transaction at a time. Who asks when all are in use waits. */
export interface Pool {
  /** To be released. @throws STORE_UNAVAILABLE once the pool is being closed, and what `pg` throws. */
  readonly connect: () => Promise<pg.PoolClient>;
  /** Runs one statement. @throws as `connect`. */
  readonly query: (statement: pg.Submittable | string) => Promise<unknown>;
  /** Refuses what is asked from now on, and ends when all that was asked before has been answered. */
  readonly end: () => Promise<void>;
}

/**
 * A small pool for reads and short transactions. A connection that breaks is dropped, not thrown: its statements
 * reject, and between two statements of a transaction the next one does.
 */
export function createPool(target: PostgresTarget, max: number): Pool {
  const pool = new pg.Pool({
    ...clientConfig(target.connectionString),
    max,
    verify: (client, done) => {
      prepareSession(client).then(() => done(), done);
    },
  });
  pool.on('error', ignore);
  // The pool hears a connection's errors only while it is idle; one that nobody hears would end the process.
  pool.on('connect', (client) => client.on('error', ignore));

  let asked = 0;
  let whenAnswered: (() => void) | undefined;
  let ended: Promise<void> | undefined;
  const ask = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    if (ended !== undefined) throw new Fault('STORE_UNAVAILABLE', 'the store is closed');
    asked += 1;
    try {
      return await work();
    } finally {
      asked -= 1;
      if (asked === 0) whenAnswered?.();
    }
  };
  const end = async (): Promise<void> => {
    // A pool that is ended leaves those who wait for a connection without one, until they have waited for too long.
    if (asked > 0) {
      await new Promise<void>((resolve) => {
        whenAnswered = resolve;
      });
    }
    await pool.end();
  };
  return {
    connect: () => ask(() => pool.connect()),
    query: (statement) =>
      ask(async () =>
        typeof statement === 'string' ? await pool.query(statement) : await pool.query(statement),
      ),
    end: () => {
      ended ??= end();
      return ended;
    },
  };
}

function ignore(): void {
  // Whoever uses the connection is told by the statement that fails.
}
