import type { Keys } from '@tidemark/core';
import { keysContract, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresKeys } from './keys.ts';

const SECRET = 'a secret of at least thirty-two characters';
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

let schemas = 0;

keysContract({
  name: 'postgres',
  open: async () => {
    schemas += 1;
    const options = { url: server.url, schema: `case_${schemas}`, secret: SECRET };
    const opened: Keys[] = [];
    const openOne = async () => {
      const keys = await openPostgresKeys(options);
      opened.push(keys);
      return keys;
    };
    const keys = await openOne();
    return {
      keys,
      openSecond: openOne,
      reopen: async () => {
        await keys.close();
        return openOne();
      },
      close: async () => {
        for (const one of opened) await one.close();
      },
    };
  },
});

test('of two processes that make keys for the same subjects at once, both use the same ones', async () => {
  const options = { url: server.url, schema: 'same', secret: SECRET };
  const [one, other] = await Promise.all([openPostgresKeys(options), openPostgresKeys(options)]);
  const subjects = Array.from({ length: 50 }, (_, n) => `user-${n}`);
  const rings = await Promise.all([
    one.ensure(subjects),
    other.ensure([...subjects].reverse()),
    other.ensure(subjects),
  ]);
  for (const subject of subjects) {
    const sealed = rings[0]?.get(subject)?.seal({ name: subject });
    if (sealed === undefined) throw new Error('no key was made');
    expect(rings[1]?.get(subject)?.open(sealed)).toEqual({ name: subject });
    expect(rings[2]?.get(subject)?.open(sealed)).toEqual({ name: subject });
  }
  await one.close();
  await other.close();
});

test('a key that one process erases is found by no other, and is never made again', async () => {
  const options = { url: server.url, schema: 'erased', secret: SECRET };
  const one = await openPostgresKeys(options);
  const other = await openPostgresKeys(options);
  await one.ensure(['user-1', 'user-2']);
  expect((await other.fetch(['user-1'])).size).toBe(1);
  await one.erase('user-1');
  await one.erase('user-1');
  expect([...(await other.fetch(['user-1', 'user-2'])).keys()]).toEqual(['user-2']);
  expect([...(await other.ensure(['user-1', 'user-3'])).keys()]).toEqual(['user-3']);
  await one.close();
  await other.close();
});

test('keys are not opened with another secret, and a changed one is noticed', async () => {
  const options = { url: server.url, schema: 'secrets', secret: SECRET };
  const keys = await openPostgresKeys(options);
  await keys.ensure(['user-1', 'user-2']);
  await expect(
    openPostgresKeys({ ...options, secret: SECRET.toUpperCase() }),
  ).rejects.toMatchObject({
    code: 'KEYS_UNAVAILABLE',
  });
  await expect(openPostgresKeys({ ...options, secret: 'short' })).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
  });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`update secrets.subject_keys set wrapped =
    (select wrapped from secrets.subject_keys where subject = 'user-2') where subject = 'user-1'`);
  await admin.end();
  await expect(keys.fetch(['user-1'])).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  await keys.close();
  await expect(keys.fetch(['user-2'])).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
});
