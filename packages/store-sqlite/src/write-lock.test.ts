import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite, readPragma, type SqliteDatabase } from './open-sqlite.ts';
import { beginWriting } from './write-lock.ts';

let folder = '';
let mine: SqliteDatabase;
let other: SqliteDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-lock-'));
  mine = await openSqlite(join(folder, 'some.db'));
  other = await openSqlite(join(folder, 'some.db'));
});
afterEach(async () => {
  mine.close();
  other.close();
  await rm(folder, { recursive: true });
});

const isBusy = expect.objectContaining({ message: 'database is locked' });

describe('who begins to write', () => {
  test('has the lock at once where nobody else has it', () => {
    const meanwhile = () => {
      throw new Error('did not wait');
    };
    beginWriting(mine, { meanwhile });
    expect(() => beginWriting(other, { forMs: 0 })).toThrow(isBusy);
    mine.exec('COMMIT');
  });

  test('waits while another writes, and can do something in the meantime', () => {
    other.exec('BEGIN IMMEDIATE');
    let tries = 0;
    const meanwhile = () => {
      tries += 1;
      expect(readPragma(mine, 'busy_timeout')).toBe(10_000);
      if (tries === 3) other.exec('COMMIT');
    };
    beginWriting(mine, { meanwhile });
    expect(tries).toBe(3);
    mine.exec('COMMIT');
  });

  test('gives up in the end, and leaves the connection as it was', () => {
    other.exec('BEGIN IMMEDIATE');
    expect(() => beginWriting(mine, { forMs: 2 })).toThrow(isBusy);
    expect(readPragma(mine, 'busy_timeout')).toBe(10_000);
    other.exec('COMMIT');
    mine.exec('BEGIN IMMEDIATE; COMMIT');
  });

  test('hears of what went wrong in the meantime', () => {
    other.exec('BEGIN IMMEDIATE');
    const meanwhile = () => {
      throw new Error('the log is damaged');
    };
    expect(() => beginWriting(mine, { meanwhile })).toThrow('the log is damaged');
    expect(readPragma(mine, 'busy_timeout')).toBe(10_000);
    other.exec('COMMIT');
  });
});
