import { copyFile, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreCheck } from '@tidemark/core';
import { appendOf, newEvents } from '@tidemark/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSqliteEventEngine } from '../src/event-engine.ts';
import { closeSqlite, openSqlite, readPragma } from '../src/open-sqlite.ts';
import { keyOfCommand, keyOfTag } from '../src/posting-tail.ts';
import { valuesOf } from '../src/rows.ts';
import { verifyEvents } from '../src/verify-events.ts';

let written = '';
let folder = '';
let path = '';
const STREAMS = 40;
/** Enough that the first half of it has moved from memory into the index of the file. */
const ROUNDS = 54;

beforeAll(async () => {
  written = await mkdtemp(join(tmpdir(), 'tidemark-verify-'));
  const engine = await createSqliteEventEngine(join(written, 'events.db'));
  const [first, ...others] = newEvents('door-0', 50);
  if (first === undefined) throw new Error('no event');
  const marked = { ...first, tags: ['key:1', 'key:2'] };
  await engine.commit([appendOf([marked, ...others], [], { commandId: 'command-1' })]);
  for (let n = 1; n < ROUNDS * STREAMS; n += 1) {
    await engine.commit([appendOf(newEvents(`door-${n % STREAMS}`, 50))]);
  }
  await engine.close();
});
afterAll(() => rm(written, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-verify-'));
  path = join(folder, 'events.db');
  await copyFile(join(written, 'events.db'), path);
});
afterEach(() => rm(folder, { recursive: true }));

const unsound = (checks: readonly StoreCheck[]) =>
  checks.filter(({ isSound }) => !isSound).map(({ check }) => check);
const verify = () => verifyEvents(path, new AbortController().signal);

/** Changes the file without SQLite's own care. */
async function damage(sql: string): Promise<void> {
  const database = await openSqlite(path);
  database.exec(sql);
  closeSqlite(database);
}

test('an intact file is sound, also while it is written', async () => {
  const engine = await createSqliteEventEngine(path);
  const checking = engine.verify?.(new AbortController().signal);
  await engine.commit([appendOf(newEvents('door-x', 3))]);
  const checks = (await checking) ?? [];
  expect(unsound(checks)).toEqual([]);
  expect(checks.map(({ detail }) => detail)[1]).toMatch(
    /^10800(0|3) events, positions 1 to 10800(0|3)$/,
  );
  await engine.close();
});

test('an index that hides events is found, although every row that is read is intact', async () => {
  const page = await pageOfIndex('postings');
  const { size } = await stat(path);
  const database = await openSqlite(path);
  const pageBytes = Number(readPragma(database, 'page_size'));
  closeSqlite(database);
  expect(page * pageBytes).toBeLessThanOrEqual(size);
  const file = await open(path, 'r+');
  // The index now says that this leaf holds half of its entries.
  const header = Buffer.alloc(5);
  await file.read(header, 0, header.length, (page - 1) * pageBytes);
  header.writeUInt16BE(Math.floor(header.readUInt16BE(3) / 2), 3);
  await file.write(header, 0, header.length, (page - 1) * pageBytes);
  await file.close();
  expect(unsound(await verify())).toEqual([
    'SQLite finds its file whole',
    'every event is found by its stream',
  ]);
  const engine = await createSqliteEventEngine(path);
  expect((await engine.readLog({ after: 0n, limit: 10_000 })).events).toHaveLength(10_000);
  await engine.close();
});

test.each([
  [
    'a row that is gone',
    'DELETE FROM events WHERE pos = 7',
    'positions count on from 1 to the last',
  ],
  [
    'a beginning that is gone',
    'DELETE FROM events WHERE pos < 51',
    'positions count on from 1 to the last',
  ],
  ['a log that is gone', 'DELETE FROM events', 'positions count on from 1 to the last'],
  [
    'an end that is gone',
    'DELETE FROM events WHERE pos > (SELECT postings_complete_to FROM progress)',
    'the index leads to events',
  ],
  [
    'an event that its index has lost',
    'DELETE FROM postings WHERE pos = 5',
    'every event is found by its stream',
  ],
  [
    'a tag that its index has lost',
    `DELETE FROM postings WHERE key = ${keyOfTag('key:2')}`,
    'every event is found by its tags and its command',
  ],
  [
    'a command id that its index has lost',
    `DELETE FROM postings WHERE key = ${keyOfCommand('command-1')}`,
    'every event is found by its tags and its command',
  ],
])('%s is found', async (...given) => {
  const [, sql, check] = given;
  await damage(sql);
  expect(unsound(await verify())).toContain(check);
});

test('it ends early when it is told to, with the reason', async () => {
  const stop = new AbortController();
  const checking = verifyEvents(path, stop.signal);
  stop.abort(new Error('enough'));
  await expect(checking).rejects.toThrow('enough');
  await expect(
    verifyEvents(join(folder, 'missing/events.db'), new AbortController().signal),
  ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

/** A leaf of the index that is not its root. */
async function pageOfIndex(index: string): Promise<number> {
  const database = await openSqlite(path);
  const rootOf = `SELECT rootpage FROM sqlite_schema WHERE name = '${index}'`;
  const [root] = valuesOf(database.prepare(rootOf).get()) as [number];
  const pageBytes = Number(readPragma(database, 'page_size'));
  closeSqlite(database);
  const file = await open(path, 'r');
  const page = Buffer.alloc(pageBytes);
  await file.read(page, 0, pageBytes, (root - 1) * pageBytes);
  await file.close();
  // An interior page of an index: its first cell begins with the number of its left child.
  expect(page[0]).toBe(2);
  return page.readUInt32BE(page.readUInt16BE(12));
}
