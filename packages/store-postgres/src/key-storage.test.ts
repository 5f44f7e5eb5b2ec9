import type { ErasedList, Keys } from '@tidemark/core';
import { createKeys } from '@tidemark/runtime';
import { keysContract, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresKeyStorage } from './key-storage.ts';

const SECRET = 'a secret of at least thirty-two characters';
let server: PostgresServer;

async function openKeys(
  schema: string,
  options: { readonly secret?: string; readonly erased?: ErasedList } = {},
): Promise<Keys> {
  const storage = await openPostgresKeyStorage({ url: server.url, schema });
  return createKeys(storage, { secret: SECRET, ...options });
}

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

let schemas = 0;

keysContract({
  name: 'postgres',
  open: async () => {
    schemas += 1;
    const schema = `case_${schemas}`;
    const opened: Keys[] = [];
    const openOne = async (erased?: ErasedList) => {
      const keys = await openKeys(schema, { ...(erased && { erased }) });
      opened.push(keys);
      return keys;
    };
    const keys = await openOne();
    return {
      keys,
      openSecond: openOne,
      openWithList: openOne,
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
  const schema = 'same';
  const [one, other] = await Promise.all([openKeys(schema), openKeys(schema)]);
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
  const schema = 'erased';
  const one = await openKeys(schema);
  const other = await openKeys(schema);
  await one.ensure(['user-1', 'user-2']);
  expect((await other.fetch(['user-1'])).size).toBe(1);
  await one.erase('user-1');
  await one.erase('user-1');
  expect([...(await other.fetch(['user-1', 'user-2'])).keys()]).toEqual(['user-2']);
  expect([...(await other.ensure(['user-1', 'user-3'])).keys()]).toEqual(['user-3']);
  await one.close();
  await other.close();
});

test('what an erased key left behind in the table is overwritten, and those who are left can be read', async () => {
  const keys = await openKeys('scrubbed');
  await keys.ensure(['user-1', 'user-2']);
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const ask = async (sql: string) =>
    (await admin.query({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  const table = 'scrubbed.subject_keys';
  const file = await ask(`select pg_relation_filepath('${table}')`);
  const wrapped = await ask(`select wrapped from ${table} where subject = 'user-1'`);
  const holdsIt = (path: string) =>
    ask(
      `select position('${wrapped}'::bytea in pg_read_binary_file('${path}', 0, 100000000, true)) > 0`,
    );
  await keys.erase('user-1');
  await ask('checkpoint');
  expect(await holdsIt(file), 'a dead row').toBe(true);
  await keys.scrub?.();
  expect(await holdsIt(file)).not.toBe(true);
  expect(await holdsIt(await ask(`select pg_relation_filepath('${table}')`))).toBe(false);
  expect([...(await keys.fetch(['user-1', 'user-2'])).keys()]).toEqual(['user-2']);
  await admin.query(`begin; lock table ${table} in access share mode`);
  await expect(keys.scrub?.()).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
  await admin.query('rollback');
  await admin.end();
  await keys.close();
});

test('keys are not opened with another secret, and a changed one is noticed', async () => {
  const schema = 'secrets';
  const keys = await openKeys(schema);
  await keys.ensure(['user-1', 'user-2']);
  await expect(openKeys(schema, { secret: SECRET.toUpperCase() })).rejects.toMatchObject({
    code: 'KEYS_UNAVAILABLE',
  });
  await expect(openKeys(schema, { secret: 'short' })).rejects.toMatchObject({
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
