import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeaseStorage, Leases } from '@tidemark/core';
import { createLeases, createSystemClock } from '@tidemark/runtime';
import { createFakeClock, type LeasesSubject, leasesContract } from '@tidemark/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteLeaseStorage } from './lease-storage.ts';

const LIFE_MS = 1_000;
const never = new AbortController().signal;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-leases-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function openSubject(): Promise<LeasesSubject> {
  const path = join(folder, 'leases.db');
  const opened: Leases[] = [];
  const openOne = async () => {
    const storage = await openSqliteLeaseStorage(path);
    const leases = createLeases(storage, { clock: createSystemClock(), expiresAfterMs: LIFE_MS });
    opened.push(leases);
    return leases;
  };
  // Its clock is a life ahead, so that it finds every lease expired, and leaves one that lasts a life.
  const ahead = await openSqliteLeaseStorage(path, {
    clock: { now: () => Date.now() + LIFE_MS },
  });
  return {
    leases: await openOne(),
    openSecond: openOne,
    giveToTheDead: async (name) => {
      await ahead.take(name, 'the dead', 0);
    },
    close: async () => {
      for (const one of opened) await one.close();
      await ahead.close();
    },
  };
}

leasesContract({ name: 'sqlite', open: openSubject });

async function openWithClock() {
  const clock = createFakeClock();
  const storage = await openSqliteLeaseStorage(join(folder, 'leases.db'), { clock });
  return { clock, storage, leases: createLeases(storage, { clock, expiresAfterMs: 9_000 }) };
}

test('a lease is taken over at the millisecond it expires, and not before', async () => {
  const { clock, storage } = await openWithClock();
  expect(await storage.take('relay', 'one', 9_000)).toBe(true);
  await clock.advance(8_999);
  expect(await storage.take('relay', 'other', 9_000)).toBe(false);
  await clock.advance(1);
  expect(await storage.take('relay', 'other', 9_000)).toBe(true);
  expect(await storage.take('relay', 'one', 9_000)).toBe(false);
  await storage.release('relay', 'one');
  expect(await storage.take('relay', 'one', 9_000)).toBe(false);
  await storage.close();
});

test('a holder whose storage does not answer gives up before others may take over', async () => {
  const { clock, storage, leases } = await openWithClock();
  let answers = true;
  const silent: LeaseStorage = {
    ...storage,
    take: (...row) => (answers ? storage.take(...row) : new Promise(() => undefined)),
  };
  const cut = createLeases(silent, { clock, expiresAfterMs: 9_000 });
  let lostAtMs = 0;
  const startMs = clock.now();
  const working = cut.hold(
    'relay',
    (held) =>
      new Promise<void>((resolve) => {
        held.addEventListener('abort', () => {
          lostAtMs = clock.now() - startMs;
          resolve();
        });
      }),
    never,
  );
  await clock.advance(4_000);
  answers = false;
  await clock.advance(20_000);
  await working;
  // Renewed last after 3 s, so it lasts until 12 s.
  expect(lostAtMs).toBeGreaterThan(3_000);
  expect(lostAtMs).toBeLessThan(12_000);
  await leases.close();
});
