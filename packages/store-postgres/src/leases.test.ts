import { type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresLeases } from './leases.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

test('one of many holders works at a time, and each gets its turn', async () => {
  const options = { url: server.url, schema: 'turns', expiresAfterMs: 150 };
  const [one, other] = await Promise.all([
    openPostgresLeases(options),
    openPostgresLeases(options),
  ]);
  const never = new AbortController().signal;
  let working = 0;
  let turns = 0;
  const work = async (): Promise<void> => {
    working += 1;
    expect(working).toBe(1);
    // Longer than one question to the server, so that two at a time would be seen.
    await one.hold(`inside-${turns}`, async () => undefined, never);
    turns += 1;
    working -= 1;
  };
  await Promise.all([one, other, one, other].map((leases) => leases.hold('relay', work, never)));
  expect(turns).toBe(4);
  await Promise.all([one.close(), other.close()]);
});

test('work is told when its lease was taken away, and the lease of a silent holder is taken over', async () => {
  const options = { url: server.url, schema: 'lost', expiresAfterMs: 150 };
  const leases = await openPostgresLeases(options);
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const never = new AbortController().signal;
  await leases.hold(
    'relay',
    async (held) => {
      await admin.query(
        "update lost.leases set holder = 'another', expires_at = clock_timestamp() + interval '500 ms'",
      );
      await new Promise((resolve) => held.addEventListener('abort', resolve));
    },
    never,
  );
  const worked: string[] = [];
  await leases.hold('relay', async () => void worked.push('once'), never);
  expect(worked).toEqual(['once']);
  await admin.end();
  await leases.close();
});

test('a holder that is stopped while it waits never works', async () => {
  const leases = await openPostgresLeases({ url: server.url, schema: 'stopped' });
  const never = new AbortController().signal;
  const stop = new AbortController();
  await leases.hold(
    'relay',
    async () => {
      const waiting = leases.hold('relay', () => Promise.reject(new Error('worked')), stop.signal);
      stop.abort();
      await waiting;
    },
    never,
  );
  await leases.close();
});
