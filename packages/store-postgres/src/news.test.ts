import { setImmediate as turn } from 'node:timers/promises';
import { type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNews, type News } from './news.ts';

const never = new AbortController().signal;
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

/** Waits again and again behind a position, as a reader does that finds nothing. */
async function countWaits(news: News, after: bigint, turns: number): Promise<number> {
  const stop = new AbortController();
  let ended = 0;
  const waiting = (async () => {
    while (!stop.signal.aborted) {
      await news.awaitNews(after, stop.signal);
      ended += 1;
      await turn();
    }
  })();
  for (let n = 0; n < turns; n += 1) await turn();
  stop.abort();
  await waiting;
  return ended;
}

test('a log that ends before what is known, because it was put back, lets its readers wait', async () => {
  let head = 10n;
  const news = createNews({ listenTo: undefined, channel: 'none', head: async () => head });
  news.announce(10n);
  head = 5n;
  expect(await countWaits(news, 5n, 1_000)).toBeLessThan(50);
  head = 6n;
  news.announce(6n);
  await news.awaitNews(5n, never);
  await news.close();
});

test('a log that does not say where it ends lets its readers look for themselves', async () => {
  const head = () => Promise.reject(new Error('no answer'));
  const news = createNews({ listenTo: undefined, channel: 'none', head });
  news.announce(10n);
  for (let n = 0; n < 100; n += 1) await news.awaitNews(5n, never);
  await news.close();
});

test('what somebody else notifies under the name of the channel ends nothing but a wait', async () => {
  let head = 1n;
  const channel = 'tidemark_strange';
  const news = createNews({ listenTo: server.url, channel, head: async () => head });
  const notify = (payload: string) => admin.query('select pg_notify($1, $2)', [channel, payload]);
  const heard = news.awaitNews(1n, never);
  await untilListening();
  for (const payload of ['x', '', '-1', '1.5', '0x10']) await notify(payload);
  head = 2n;
  await notify('2');
  await heard;
  const wrong = news.awaitNews(2n, never);
  await notify('9'.repeat(30));
  await wrong;
  expect(await countWaits(news, 2n, 1_000)).toBeLessThan(50);
  await news.close();
});

async function untilListening(): Promise<void> {
  for (let listening = 0; listening === 0; ) {
    const { rowCount } = await admin.query(
      `select from pg_stat_activity where query like 'listen%' and state = 'idle'`,
    );
    listening = rowCount ?? 0;
  }
}
