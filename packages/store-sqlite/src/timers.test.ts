import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Timers } from '@tidemark/core';
import { timersContract } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createSqliteEventEngine } from './event-engine.ts';
import { openSqlite, readPragma } from './open-sqlite.ts';
import { openSqliteTimers, SELECT_DUE, SELECT_NEXT } from './timers.ts';

async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-timers-'));
  // The file of the log, which stays what it is.
  const path = join(folder, 'events.db');
  const engine = await createSqliteEventEngine(path);
  const opened: Timers[] = [];
  const openOne = async () => {
    const timers = await openSqliteTimers(path);
    opened.push(timers);
    return timers;
  };
  const close = async () => {
    for (const one of opened) await one.close();
    await engine.close();
    await rm(folder, { recursive: true });
  };
  return { path, openOne, close };
}

timersContract({
  name: 'sqlite',
  open: async () => {
    const { openOne, close } = await openFolder();
    const timers = await openOne();
    const reopen = async () => {
      await timers.close();
      return openOne();
    };
    return { timers, openSecond: openOne, reopen, close };
  },
});

test('what is due and when the next is due are found in an index, without a sort', async () => {
  const { path, openOne, close } = await openFolder();
  await openOne();
  const database = await openSqlite(path);
  for (const [sql, ...values] of [
    [SELECT_DUE, 'boarding', 1, 10],
    [SELECT_NEXT, 'boarding', 1],
  ] as const) {
    const plan = JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values));
    expect(plan).toMatch(/SEARCH timers USING (COVERING )?INDEX timers_due \(owner=\? AND due_at/);
    expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
  }
  expect(readPragma(database, 'journal_mode')).toBe('wal');
  database.close();
  await close();
});
