import type { ErasedList, KeyRing, KeyStorage, WrappedKeys } from '@tidemark/core';
import { createMemoryKeyStorage } from '@tidemark/store-memory';
import { keysContract } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { gate } from '../test/turns.ts';
import { createKeys } from './keys.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const SECRET = 'a secret for tests, long enough to be taken';

async function openSubject(storage: KeyStorage = createMemoryKeyStorage()) {
  const openOne = (erased?: ErasedList) =>
    createKeys(storage, { secret: SECRET, ...(erased && { erased }) });
  const keys = await openOne();
  const reopen = async () => {
    await keys.close();
    return openOne();
  };
  return { keys, reopen, openSecond: openOne, openWithList: openOne, close: keys.close };
}

/** A storage that cannot say who was erased, as a server. */
function createPlainStorage(): KeyStorage {
  const { erasedSince: _, ...plain } = createMemoryKeyStorage();
  return plain;
}

keysContract({ name: 'memory', open: openSubject });
keysContract({ name: 'memory, no key held', open: () => openSubject(createPlainStorage()) });

describe('the secret of the keys', () => {
  test('that is another one is refused, saying what to do', async () => {
    const storage = createMemoryKeyStorage();
    await createKeys(storage, { secret: SECRET });
    await expect(createKeys(storage, { secret: SECRET.toUpperCase() })).rejects.toMatchObject({
      code: 'KEYS_UNAVAILABLE',
      message: expect.stringContaining('KEYS_SECRET'),
    });
    await createKeys(storage, { secret: SECRET });
  });

  test('that is short is refused, and the storage is closed', async () => {
    let closings = 0;
    const close = async () => {
      closings += 1;
    };
    const opening = createKeys({ ...createMemoryKeyStorage(), close }, { secret: 'too short' });
    await expect(opening).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    expect(closings).toBe(1);
  });
});

test('what was stored in the first form is opened', async () => {
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  const storage = createMemoryKeyStorage();
  await storage.settings({
    salt: Uint8Array.from({ length: 16 }, (_, n) => n),
    checkValue: bytes(
      'AYgv7yfxJRfoDvFztj-kR7eGZA3QFTRxGQIR16vjEVHXs8_aRp0335QliS0Akf6uP3jUJO8-asD1kRoIxw',
    ),
  });
  const wrapped =
    'AUk6M7ffj2WyI5wjJkpalRFybHaiX15XelaaGVAxOGU0lQAGUbG2EbugzKsiKoiH7afFlH5gEtzB_5cb-g';
  await storage.add(new Map([['person-1', bytes(wrapped)]]));
  const keys = await createKeys(storage, { secret: SECRET });
  const $sealed = 'AbHE2kManE9Pq1hFC2UcldgE-WegyPoCD4zah7XYQUWnOwfqiTPgu0dzcw';
  const opened = (await keys.fetch(['person-1']))
    .get('person-1')
    ?.open({ $subject: 'person-1', $sealed });
  expect(opened).toEqual({ name: 'Ada' });
});

test('a key moved to another subject in the storage is a fault', async () => {
  const storage = createMemoryKeyStorage();
  const keys = await createKeys(storage, { secret: SECRET });
  await keys.ensure(['person-1']);
  const wrapped = (await storage.load(['person-1'])).get('person-1') ?? new Uint8Array();
  await storage.add(new Map([['person-2', wrapped]]));
  await expect(keys.fetch(['person-2'])).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
});

describe('new keys of many callers', () => {
  test('are added together, and a failure is told to each of them', async () => {
    const storage = createMemoryKeyStorage();
    const batches: number[] = [];
    let fails = false;
    const add = async (wrapped: WrappedKeys) => {
      batches.push(wrapped.size);
      if (fails) throw new Error('the disk is gone');
      return storage.add(wrapped);
    };
    const keys = await createKeys({ ...storage, add }, { secret: SECRET });
    const callers = (from: number) =>
      Array.from({ length: 100 }, (_, n) => keys.ensure([`person-${from + n}`]));
    const rings = await Promise.all(callers(0));
    expect(batches).toEqual([100]);
    expect(rings.every((ring, n) => ring.has(`person-${n}`) && ring.size === 1)).toBe(true);
    fails = true;
    const failed = await Promise.allSettled(callers(100));
    expect(failed.every(({ status }) => status === 'rejected')).toBe(true);
    fails = false;
    expect((await keys.ensure(['person-100'])).size).toBe(1);
    expect(batches).toEqual([100, 100, 1]);
  });

  test('who come while others are stored are added together after them', async () => {
    const storage = createMemoryKeyStorage();
    const batches: number[] = [];
    const first = gate();
    const started = gate();
    const add = async (wrapped: WrappedKeys) => {
      batches.push(wrapped.size);
      started.open();
      if (batches.length === 1) await first.opened;
      return storage.add(wrapped);
    };
    const keys = await createKeys({ ...storage, add }, { secret: SECRET });
    const calls = [keys.ensure(['person-0'])];
    await started.opened;
    for (let n = 1; n <= 20; n++) {
      calls.push(keys.ensure([`person-${n}`]));
      await turnOfTheLoop();
    }
    first.open();
    await Promise.all(calls);
    expect(batches).toEqual([1, 20]);
  });
});

describe('keys that are held in memory', () => {
  test('are loaded once while they are among those used last', async () => {
    const storage = createMemoryKeyStorage();
    const loaded: string[] = [];
    const load = (subjects: readonly string[]) => {
      loaded.push(...subjects);
      return storage.load(subjects);
    };
    const keys = await createKeys({ ...storage, load }, { secret: SECRET, cacheSize: 2 });
    await keys.ensure(['person-1', 'person-2', 'person-3']);
    loaded.length = 0;
    await keys.fetch(['person-2', 'person-3', 'person-3']);
    expect(loaded).toEqual([]);
    await keys.fetch(['person-1']);
    await keys.fetch(['person-3']);
    expect(loaded).toEqual(['person-1']);
  });

  test('do not come back when they were read before an erasure that others have noticed', async () => {
    const storage = createMemoryKeyStorage();
    const answer = gate();
    const asked = gate();
    const load = async (subjects: readonly string[]) => {
      const found = await storage.load(subjects);
      if (subjects.includes('person-1')) {
        asked.open();
        await answer.opened;
      }
      return found;
    };
    await (await createKeys(storage, { secret: SECRET })).ensure(['person-1', 'person-2']);
    const keys = await createKeys({ ...storage, load }, { secret: SECRET });
    const early: Promise<KeyRing> = keys.fetch(['person-1']);
    await asked.opened;
    await storage.erase('person-1');
    await keys.fetch(['person-2']);
    answer.open();
    await early;
    expect((await keys.fetch(['person-1'])).size).toBe(0);
  });
});

test('closing waits for the calls under way, and closes the storage once', async () => {
  const storage = createMemoryKeyStorage();
  const done: string[] = [];
  const add = async (wrapped: WrappedKeys) => {
    const kept = await storage.add(wrapped);
    done.push('added');
    return kept;
  };
  const close = async () => {
    done.push('closed');
  };
  const keys = await createKeys({ ...storage, add, close }, { secret: SECRET });
  const waiting = keys.ensure(['person-1']);
  await Promise.all([keys.close(), keys.close()]);
  expect((await waiting).size).toBe(1);
  expect(done).toEqual(['added', 'closed']);
});
