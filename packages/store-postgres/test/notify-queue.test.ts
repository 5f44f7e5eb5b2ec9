import { appendOf, newEvent, startOwnPostgres } from '@tidemark/testing';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';

/** The fewest that PostgreSQL takes: half a megabyte. */
const QUEUE_PAGES = 64;
const LONG_NOTICE = `select pg_notify('crowd', repeat('x', 7000)) from generate_series(1, 4)`;

test('a server that can notify nobody any more stores nothing, says so, and takes the append when it can again', async () => {
  const server = await startOwnPostgres();
  try {
    await withClient(server.url, (client) =>
      client.query(`alter system set max_notify_queue_pages = ${QUEUE_PAGES}`),
    );
    await server.crash('SIGQUIT');
    await server.restart();
    const engine = await createPostgresEventEngine({ url: server.url, schema: 'crowded' });
    await engine.commit([appendOf([newEvent('door-1')])]);
    await withClient(server.url, async (sleeper) => {
      // Who listens and does not end its transaction keeps everything that was said since.
      await sleeper.query('listen crowd');
      await sleeper.query('begin');
      await withClient(server.url, async (talker) => {
        await expect(sayForEver(talker)).rejects.toMatchObject({ code: '54000' });
      });
      const refused = await engine.commit([appendOf([newEvent('door-1')])]).catch((e) => e);
      expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(refused.message).toContain('NOTIFY');
      expect(await engine.head()).toBe(1n);
    });
    // The first one finds that nobody holds it any more.
    await engine.commit([appendOf([newEvent('door-1')])]).catch(() => undefined);
    const [result] = await engine.commit([appendOf([newEvent('door-1')])]);
    expect(result).toMatchObject({ kind: 'appended', revisions: { 'door-1': 1 } });
    await engine.close();
  } finally {
    await server.stop();
  }
}, 60_000);

async function sayForEver(client: pg.Client): Promise<never> {
  for (;;) await client.query(LONG_NOTICE);
}

async function withClient(
  connectionString: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
