import { createDecipheriv, hkdfSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErasedList, Keys, WrappedKeys } from '@tidemark/core';
import { createKeys } from '@tidemark/runtime';
import { keysContract } from '@tidemark/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyRows } from './key-rows.ts';
import { openSqliteKeyStorage } from './key-storage.ts';
import { openSqlite, type SqliteDatabase } from './open-sqlite.ts';
import { inTransaction } from './transactions.ts';

const SECRET = 'a secret for tests, long enough to be taken';

async function openKeys(
  path: string,
  options: { readonly secret?: string; readonly erased?: ErasedList } = {},
): Promise<Keys> {
  return createKeys(await openSqliteKeyStorage(path), { secret: SECRET, ...options });
}

keysContract({
  name: 'sqlite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-keys-'));
    const opened: Keys[] = [];
    const openOne = async (erased?: ErasedList) => {
      const keys = await openKeys(join(folder, 'keys.db'), { ...(erased && { erased }) });
      opened.push(keys);
      return keys;
    };
    const keys = await openOne();
    const reopen = async () => {
      await keys.close();
      return openOne();
    };
    const close = async () => {
      for (const one of opened) await one.close();
      await rm(folder, { recursive: true });
    };
    return { keys, reopen, openSecond: openOne, openWithList: openOne, close };
  },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-keys-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('keys in a file', () => {
  test('after an erasure neither the key nor its wrapped form is found in the file or its log', async () => {
    const path = join(folder, 'erased.db');
    const subjects = Array.from({ length: 400 }, (_, n) => `person-${n}`);
    const keys = await openKeys(path);
    await keys.ensure(subjects);
    const beside = await openSqlite(path);
    const gone = subjects.filter((_, n) => n % 3 === 0);
    const wrapped = createKeyRows(beside).load(gone);
    // Without version and nonce: the part that holds the key.
    const wrappedBefore = [...wrapped.values()].map((key) => Buffer.from(key).subarray(13));
    const traces = [...openedWith(beside, wrapped), ...wrappedBefore];
    expect(await foundIn(path, wrappedBefore)).toBe(gone.length);
    for (const subject of gone) await keys.erase(subject);
    expect(await foundIn(path, traces)).toBe(0);
    expect((await stat(`${path}-wal`)).size).toBe(0);
    expect((await keys.fetch(subjects)).size).toBe(subjects.length - gone.length);
    beside.close();
    await keys.close();
  });

  test('an erasure held up by a reader says so, and is complete once repeated', async () => {
    const path = join(folder, 'held.db');
    const database = await openSqlite(path);
    database.exec('PRAGMA busy_timeout = 0');
    const rows = createKeyRows(database);
    rows.add(new Map([['person-1', Uint8Array.of(1)]]));
    const reader = await openSqlite(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT COUNT(*) FROM subject_keys').get();
    rows.erase('person-1');
    expect(rows.emptyLog()).toBe(false);
    reader.exec('COMMIT');
    rows.erase('person-1');
    expect(rows.emptyLog()).toBe(true);
    reader.close();
    database.close();
  });

  test('a subject that another process erased just before its key is made gets none', async () => {
    const database = await openSqlite(join(folder, 'between.db'));
    const rows = createKeyRows(database);
    rows.erase('person-1');
    const wrapped = new Map(['person-1', 'person-2'].map((one) => [one, Uint8Array.of(1)]));
    expect([...rows.add(wrapped).keys()]).toEqual(['person-2']);
    expect([...rows.load(wrapped.keys()).keys()]).toEqual(['person-2']);
    database.close();
  });

  test('who was erased is told once to each who asks, also to the one who erased', async () => {
    const path = join(folder, 'told.db');
    const [one, other] = [await openSqlite(path), await openSqlite(path)];
    const [rows, beside] = [createKeyRows(one), createKeyRows(other)];
    const { mark } = rows.erasedSince(undefined);
    rows.erase('person-1');
    const told = rows.erasedSince(mark);
    expect(told.subjects).toEqual(['person-1']);
    expect(beside.erasedSince(mark)).toEqual(told);
    beside.erase('person-2');
    expect(rows.erasedSince(told.mark).subjects).toEqual(['person-2']);
    rows.erase('person-2');
    const last = rows.erasedSince(undefined);
    expect(rows.erasedSince(last.mark)).toEqual({ subjects: [], mark: last.mark });
    one.close();
    other.close();
  });

  test('no key and no secret stands in the file unwrapped', async () => {
    const path = join(folder, 'wrapped.db');
    const keys = await openKeys(path);
    await keys.ensure(['person-1', 'person-2']);
    const beside = await openSqlite(path);
    const opened = openedWith(beside, createKeyRows(beside).load(['person-1', 'person-2']));
    expect(opened).toHaveLength(2);
    expect(await foundIn(path, [...opened, Buffer.from(SECRET)])).toBe(0);
    beside.close();
    await keys.close();
  });

  test('another secret is refused, saying what to do', async () => {
    const path = join(folder, 'secret.db');
    await (await openKeys(path)).close();
    const opening = openKeys(path, { secret: `${SECRET}, but another one` });
    await expect(opening).rejects.toMatchObject({
      code: 'KEYS_UNAVAILABLE',
      message: expect.stringContaining('KEYS_SECRET'),
    });
    await (await openKeys(path)).close();
  });

  test('a key moved to another subject in the file is a fault', async () => {
    const path = join(folder, 'moved.db');
    const keys = await openKeys(path);
    await keys.ensure(['person-1', 'person-2']);
    await keys.close();
    const database = await openSqlite(path);
    inTransaction(database, () => {
      database.exec(`UPDATE subject_keys SET wrapped =
        (SELECT wrapped FROM subject_keys WHERE subject = 'person-2') WHERE subject = 'person-1'`);
    });
    database.close();
    const again = await openKeys(path);
    await expect(again.fetch(['person-1'])).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    await again.close();
  });

  test('a folder that does not exist is a fault of the keys', async () => {
    const opening = openSqliteKeyStorage(join(folder, 'none', 'keys.db'));
    await expect(opening).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
  });
});

describe('new keys of many callers', () => {
  test('share one transaction', async () => {
    const storage = await openSqliteKeyStorage(join(folder, 'batched.db'));
    const batches: number[] = [];
    const add = (wrapped: WrappedKeys) => {
      batches.push(wrapped.size);
      return storage.add(wrapped);
    };
    const keys = await createKeys({ ...storage, add }, { secret: SECRET });
    const callers = Array.from({ length: 100 }, (_, n) => keys.ensure([`person-${n}`]));
    await Promise.all(callers);
    expect(batches).toEqual([100]);
    await keys.close();
  });

  test('are stored before they are answered, also when the store is closed meanwhile', async () => {
    const path = join(folder, 'closed.db');
    const keys = await openKeys(path);
    const waiting = keys.ensure(['person-1']);
    await keys.close();
    const sealed = (await waiting).get('person-1')?.seal('Ada');
    const again = await openKeys(path);
    const key = (await again.fetch(['person-1'])).get('person-1');
    expect(sealed && key?.open(sealed)).toBe('Ada');
    await again.close();
  });
});

/** How many of the traces stand in the file or its log. */
async function foundIn(path: string, traces: readonly Buffer[]): Promise<number> {
  const files = await Promise.all([readFile(path), readFile(`${path}-wal`)]);
  return traces.filter((trace) => files.some((file) => file.includes(trace))).length;
}

/** The keys themselves, opened as the stored form says and without the code that made it. */
function openedWith(database: SqliteDatabase, wrapped: WrappedKeys): readonly Buffer[] {
  const row = database.prepare('SELECT salt FROM key_settings').get() as { salt: Uint8Array };
  const purpose = 'tidemark personal keys, version 1';
  const master = Buffer.from(hkdfSync('sha256', SECRET, row.salt, purpose, 32));
  return [...wrapped].map(([subject, bytes]) => {
    const decipher = createDecipheriv('aes-256-gcm', master, bytes.subarray(1, 13));
    decipher.setAAD(Buffer.from(subject)).setAuthTag(bytes.subarray(45));
    return Buffer.concat([decipher.update(bytes.subarray(13, 45)), decipher.final()]);
  });
}
