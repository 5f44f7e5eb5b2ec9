import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Keys } from '@tidemark/core';
import { keysContract } from '@tidemark/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqliteKeys } from './keys.ts';
import { createKeyMaker } from './keys-maker.ts';
import { createOpenedKeys } from './keys-opened.ts';
import { type KeyStorage, openKeyStorage } from './keys-storage.ts';
import { inTransaction, openSqlite } from './open-sqlite.ts';

const SECRET = 'a secret for tests, long enough to be taken';

keysContract({
  name: 'sqlite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-keys-'));
    const opened: Keys[] = [];
    const openOne = async () => {
      const keys = await openSqliteKeys(join(folder, 'keys.db'), { secret: SECRET });
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
    return { keys, reopen, openSecond: openOne, close };
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
    const keys = await openSqliteKeys(path, { secret: SECRET });
    await keys.ensure(subjects);
    const beside = await openSqlite(path);
    const storage = openKeyStorage(beside, SECRET);
    const gone = subjects.filter((_, n) => n % 3 === 0);
    const traces = [...storage.find(gone).values()].map((key) => Buffer.from(key));
    const select = beside.prepare('SELECT wrapped FROM subject_keys WHERE subject = ?');
    for (const subject of gone) {
      const { wrapped } = select.get(subject) as { wrapped: Uint8Array };
      // Without version and nonce: the part that holds the key.
      traces.push(Buffer.from(wrapped).subarray(13));
    }
    const wrappedBefore = traces.slice(gone.length);
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
    const storage = openKeyStorage(database, SECRET);
    storage.make(['person-1']);
    const reader = await openSqlite(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT COUNT(*) FROM subject_keys').get();
    storage.erase('person-1');
    expect(storage.emptyLog()).toBe(false);
    reader.exec('COMMIT');
    storage.erase('person-1');
    expect(storage.emptyLog()).toBe(true);
    reader.close();
    database.close();
  });

  test('a subject that another process erased just before its key is made gets none', async () => {
    const database = await openSqlite(join(folder, 'between.db'));
    const storage = openKeyStorage(database, SECRET);
    storage.erase('person-1');
    expect([...storage.make(['person-1', 'person-2']).keys()]).toEqual(['person-2']);
    database.close();
  });

  test('no key and no secret stands in the file unwrapped', async () => {
    const path = join(folder, 'wrapped.db');
    const database = await openSqlite(path);
    const keys = openKeyStorage(database, SECRET).make(['person-1', 'person-2']);
    const traces = [...[...keys.values()].map((key) => Buffer.from(key)), Buffer.from(SECRET)];
    expect(await foundIn(path, traces)).toBe(0);
    database.close();
  });

  test('another secret is refused, saying what to do', async () => {
    const path = join(folder, 'secret.db');
    await (await openSqliteKeys(path, { secret: SECRET })).close();
    const opening = openSqliteKeys(path, { secret: `${SECRET}, but another one` });
    await expect(opening).rejects.toMatchObject({
      code: 'KEYS_UNAVAILABLE',
      message: expect.stringContaining('KEYS_SECRET'),
    });
    await (await openSqliteKeys(path, { secret: SECRET })).close();
  });

  test('a short secret is refused', async () => {
    const opening = openSqliteKeys(join(folder, 'short.db'), { secret: 'too short' });
    await expect(opening).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });

  test('a key moved to another subject in the file is a fault', async () => {
    const path = join(folder, 'moved.db');
    const keys = await openSqliteKeys(path, { secret: SECRET });
    await keys.ensure(['person-1', 'person-2']);
    await keys.close();
    const database = await openSqlite(path);
    inTransaction(database, () => {
      database.exec(`UPDATE subject_keys SET wrapped =
        (SELECT wrapped FROM subject_keys WHERE subject = 'person-2') WHERE subject = 'person-1'`);
    });
    database.close();
    const again = await openSqliteKeys(path, { secret: SECRET });
    await expect(again.fetch(['person-1'])).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    await again.close();
  });

  test('a folder that does not exist is a fault of the keys', async () => {
    const opening = openSqliteKeys(join(folder, 'none', 'keys.db'), { secret: SECRET });
    await expect(opening).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
  });
});

describe('new keys of many callers', () => {
  test('share one transaction, and one that fails is told to each of them', async () => {
    const database = await openSqlite(join(folder, 'batched.db'));
    const stored = openKeyStorage(database, SECRET);
    const batches: number[] = [];
    let fails = false;
    const counted: KeyStorage = {
      ...stored,
      make: (subjects) => {
        batches.push(subjects.length);
        if (fails) throw new Error('the disk is gone');
        return stored.make(subjects);
      },
    };
    const maker = createKeyMaker(counted, createOpenedKeys(counted));
    const callers = (from: number) =>
      Array.from({ length: 100 }, (_, n) => maker.make([`person-${from + n}`]));
    const rings = await Promise.all(callers(0));
    expect(batches).toEqual([100]);
    expect(rings.every((ring, n) => ring.has(`person-${n}`) && ring.size === 1)).toBe(true);
    fails = true;
    const failed = await Promise.allSettled(callers(100));
    expect(failed.every(({ status }) => status === 'rejected')).toBe(true);
    fails = false;
    expect((await maker.make(['person-100'])).size).toBe(1);
    expect(batches).toEqual([100, 100, 1]);
    database.close();
  });

  test('are stored before they are answered, also when the store is closed meanwhile', async () => {
    const path = join(folder, 'closed.db');
    const keys = await openSqliteKeys(path, { secret: SECRET });
    const waiting = keys.ensure(['person-1']);
    await keys.close();
    const sealed = (await waiting).get('person-1')?.seal('Ada');
    const again = await openSqliteKeys(path, { secret: SECRET });
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
