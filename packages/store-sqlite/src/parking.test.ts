import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Parking } from '@tidemark/core';
import { parkingContract } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createSqliteEventEngine } from './event-engine.ts';
import { openSqlite, readPragma } from './open-sqlite.ts';
import { openSqliteParking, SELECT_PARKED } from './parking.ts';

async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-parking-'));
  // The file of the log, which stays what it is.
  const path = join(folder, 'events.db');
  const engine = await createSqliteEventEngine(path);
  const opened: Parking[] = [];
  const openOne = async () => {
    const parking = await openSqliteParking(path);
    opened.push(parking);
    return parking;
  };
  const close = async () => {
    for (const one of opened) await one.close();
    await engine.close();
    await rm(folder, { recursive: true });
  };
  return { path, openOne, close };
}

parkingContract({
  name: 'sqlite',
  open: async () => {
    const { openOne, close } = await openFolder();
    const parking = await openOne();
    const reopen = async () => {
      await parking.close();
      return openOne();
    };
    return { parking, openSecond: openOne, reopen, close };
  },
});

test('whether a key is parked, which every message asks, is found in an index', async () => {
  const { path, openOne, close } = await openFolder();
  await openOne();
  const database = await openSqlite(path);
  const plan = JSON.stringify(
    database.prepare(`EXPLAIN QUERY PLAN ${SELECT_PARKED}`).all('inbox/a', '["k"]'),
  );
  expect(plan).toMatch(/SEARCH parked_messages USING COVERING INDEX \S+ \(reader=\? AND key=\?\)/);
  expect(plan).not.toContain('SCAN parked_messages');
  expect(readPragma(database, 'journal_mode')).toBe('wal');
  database.close();
  await close();
});
