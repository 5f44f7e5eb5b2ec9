import { type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseTarget } from './connection.ts';
import { createPool, type Pool } from './pool.ts';
import { inTransaction } from './transaction.ts';

let server: PostgresServer;
let pool: Pool;

beforeAll(async () => {
  server = await startPostgres();
  pool = createPool(parseTarget({ url: server.url, schema: 'transactions' }), 1);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

test('a connection that breaks between two statements fails the transaction, and the next one has a new one', async () => {
  const lost = inTransaction(pool, async (client) => {
    const broken = new Promise((told) => client.once('end', told));
    await endSession(await sessionOf(client));
    await broken;
    return sessionOf(client);
  });
  await expect(lost).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await inTransaction(pool, sessionOf)).toMatch(/^\d+$/);
});

async function sessionOf(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query('select pg_backend_pid() as session');
  return rows[0].session;
}

async function endSession(session: string): Promise<void> {
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('select pg_terminate_backend($1)', [session]);
  await admin.end();
}
