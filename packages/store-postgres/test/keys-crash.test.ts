import type { KeyStorage } from '@tidemark/core';
import { type CrashablePostgres, startOwnPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresKeyStorage } from '../src/key-storage.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

let server: CrashablePostgres;

beforeAll(async () => {
  server = await startOwnPostgres();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`alter system set wal_writer_delay = '10s'`);
  await admin.query('select pg_reload_conf()');
  await admin.query('alter database postgres set synchronous_commit = off');
  await admin.end();
});
afterAll(() => server.stop());

/** Crashes the server at once behind the answer, and answers what is stored then. */
async function storedBehind<Result>(
  work: (storage: KeyStorage) => Promise<unknown>,
  look: (storage: KeyStorage) => Promise<Result>,
): Promise<Result> {
  const open = () => openPostgresKeyStorage({ url: server.url, schema: 'keys' });
  const before = await open();
  await work(before);
  await server.crash('SIGQUIT');
  await server.restart();
  await before.close();
  const after = await open();
  const found = await look(after);
  await after.close();
  return found;
}

test('what was answered survives a crash of the server, though its database does not wait for the disk', async () => {
  const settings = { salt: bytes('salt'), checkValue: bytes('check') };
  const others = { salt: bytes('another salt'), checkValue: bytes('another check') };
  const kept = await storedBehind(
    (storage) => storage.settings(settings),
    (storage) => storage.settings(others),
  );
  expect(Buffer.from(kept.salt).toString()).toBe('salt');

  const wrapped = new Map(['user-1', 'user-2', 'user-3'].map((user) => [user, bytes(user)]));
  const load = async (storage: KeyStorage) => [...(await storage.load([...wrapped.keys()])).keys()];
  const made = await storedBehind((storage) => storage.add(wrapped), load);
  expect(made.toSorted()).toEqual(['user-1', 'user-2', 'user-3']);
  const left = await storedBehind((storage) => storage.erase('user-1'), load);
  expect(left.toSorted()).toEqual(['user-2', 'user-3']);
  const mark = { position: 7n, subject: 'user-2' };
  expect(await storedBehind((storage) => storage.eraseAll(['user-2'], mark), load)).toEqual([
    'user-3',
  ]);
  const next = { position: 8n, subject: 'user-2' };
  const found = await storedBehind(
    (storage) => storage.eraseAll(['user-2'], next),
    (storage) => storage.listMark(),
  );
  expect(found).toEqual(next);
}, 60_000);
