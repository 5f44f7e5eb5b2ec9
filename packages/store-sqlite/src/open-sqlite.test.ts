import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@tidemark/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSqliteEventEngine } from './event-engine.ts';
import { assertDurable, openSqlite, readPragma } from './open-sqlite.ts';
import { commitFaultOf, faultOf } from './sqlite-faults.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-open-'));
  path = join(folder, 'some.db');
});
afterEach(() => rm(folder, { recursive: true }));

const sqliteError = (errcode: number) => Object.assign(new Error('from SQLite'), { errcode });

describe('an opened file', () => {
  test('has a write-ahead log, syncs every commit and has large pages', async () => {
    const database = await openSqlite(path);
    expect(readPragma(database, 'journal_mode')).toBe('wal');
    expect(readPragma(database, 'synchronous')).toBe(2);
    expect(readPragma(database, 'page_size')).toBe(8_192);
    database.close();
  });

  test('is refused when SQLite would not sync every commit', async () => {
    const database = await openSqlite(path);
    expect(() => assertDurable(database, path)).not.toThrow();
    database.exec('PRAGMA synchronous = NORMAL');
    expect(() => assertDurable(database, path)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
    database.close();
  });

  test('that cannot be reached is the fault STORE_UNAVAILABLE', async () => {
    const missing = join(folder, 'no-such-folder', 'some.db');
    await expect(openSqlite(missing)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('can be opened by several at the same time', async () => {
    const databases = await Promise.all([1, 2, 3, 4].map(() => openSqlite(path)));
    for (const database of databases) database.close();
  });
});

describe('what SQLite says becomes a fault', () => {
  test.each([
    [5, 'STORE_UNAVAILABLE'],
    [5 | (2 << 8), 'STORE_UNAVAILABLE'],
    [10 | (4 << 8), 'STORE_UNAVAILABLE'],
    [13, 'STORE_FULL'],
    [15, 'STORE_UNAVAILABLE'],
    [11, 'LOG_CORRUPT'],
    [26, 'LOG_CORRUPT'],
  ])('result %i before the commit is %s', (errcode, code) => {
    expect(faultOf(sqliteError(errcode))).toMatchObject({ code });
  });

  test.each([
    [13, 'STORE_FULL'],
    [5, 'STORE_UNAVAILABLE'],
    [10 | (4 << 8), 'OUTCOME_UNKNOWN'],
    [1, 'OUTCOME_UNKNOWN'],
  ])('result %i of the commit itself is %s', (errcode, code) => {
    expect(commitFaultOf(sqliteError(errcode))).toMatchObject({ code });
  });

  test('what SQLite did not throw stays as it is', () => {
    const error = new TypeError('a mistake in the program');
    expect(faultOf(error)).toBe(error);
  });
});

describe('an event engine', () => {
  test('refuses a database in memory, which could not keep its promise', async () => {
    await expect(createSqliteEventEngine(':memory:')).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
  });

  test('refuses a file that a newer program has written', async () => {
    await (await createSqliteEventEngine(path)).close();
    const database = await openSqlite(path);
    database.exec('UPDATE format SET version = version + 1');
    database.close();
    await expect(createSqliteEventEngine(path)).rejects.toSatisfy((error) =>
      isFault(error, 'CONFIGURATION_INVALID'),
    );
  });
});
