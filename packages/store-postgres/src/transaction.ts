import type pg from 'pg';
import type { Pool } from './pool.ts';
import { faultOf } from './postgres-faults.ts';

/** What is looked at behind a lock must be what is true then, whatever the database was set to. */
const BEGIN = 'begin isolation level read committed';

/**
 * Runs work in one transaction on a connection of its own. When it throws, nothing is stored.
 *
 * @throws STORE_UNAVAILABLE and others; also after a commit whose answer was lost, so the work must be
 * harmless to repeat.
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw faultOf(error);
  });
  let broken: Error | undefined;
  try {
    await client.query(BEGIN);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // The connection is thrown away, and the transaction with it.
    broken = error instanceof Error ? error : new Error(String(error));
    throw faultOf(error);
  } finally {
    client.release(broken);
  }
}
