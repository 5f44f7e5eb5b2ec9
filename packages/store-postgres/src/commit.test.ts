import type { AppendRequest } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresEventEngine } from './event-engine.ts';

const ROLLBACKS = `select xact_rollback::int as count from pg_stat_database where datname = current_database()`;
const OTHERS = `select from pg_stat_activity where datname = current_database()
  and backend_type = 'client backend' and pid <> pg_backend_pid()`;

let server: PostgresServer;
let admin: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

/** PostgreSQL counts what a session did at the latest when it ends. */
async function countRollbacks(): Promise<number> {
  while ((await admin.query(OTHERS)).rowCount !== 0);
  return (await admin.query(ROLLBACKS)).rows[0].count;
}

test.each<readonly [string, readonly AppendRequest[]]>([
  ['a request alone', []],
  ['a batch', [appendOf([newEvent('gate-1')])]],
])(
  'commands that come again are answered as the first time, and refused by the index only once: %s',
  async (_, others) => {
    const schema = `repeated_${others.length}`;
    const before = await countRollbacks();
    const engine = await createPostgresEventEngine({ url: server.url, schema });
    for (const commandId of ['command-1', 'command-2', 'command-3']) {
      const request = appendOf([newEvent('door-1')], [], { commandId });
      const [first] = await engine.commit([request, ...others]);
      expect(first?.kind).toBe('appended');
      for (let again = 0; again < 5; again += 1) {
        const [answer] = await engine.commit([request, ...others]);
        const { kind, ...receipt } = first as { readonly kind: 'appended' };
        expect(answer).toEqual({ kind: 'duplicate', first: receipt });
      }
    }
    expect(await engine.head()).toBe(BigInt(3 + 18 * others.length));
    await engine.close();
    expect((await countRollbacks()) - before).toBe(1);
  },
);

test('a command that comes again is one, though its condition holds no more', async () => {
  const engine = await createPostgresEventEngine({ url: server.url, schema: 'conditioned' });
  const request = appendOf([newEvent('door-1')], [{ stream: 'door-1', revision: 'none' }], {
    commandId: 'command-1',
  });
  expect((await engine.commit([request]))[0]?.kind).toBe('appended');
  for (const others of [[], [appendOf([newEvent('gate-1')])]]) {
    expect((await engine.commit([request, ...others]))[0]?.kind).toBe('duplicate');
  }
  await engine.close();
});
