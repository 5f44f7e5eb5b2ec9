import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendOf, newEvent, newEvents } from '@tidemark/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRequest } from './event-encoding.ts';
import { createSqliteEventEngine } from './event-engine.ts';
import { openEventFile } from './event-file.ts';
import { createEventRowsReader } from './event-rows-reader.ts';
import { prepareEventTables } from './event-schema.ts';
import { createEventWriter } from './event-writer.ts';
import { openSqlite, type SqliteDatabase } from './open-sqlite.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-rows-'));
  path = join(folder, 'events.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** The same connection; behind its first read something else happens. */
function interrupted(database: SqliteDatabase, happens: () => void): SqliteDatabase {
  let isOver = false;
  const interrupt = <Answer>(answer: Answer): Answer => {
    if (!isOver) happens();
    isOver = true;
    return answer;
  };
  return {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        run: (...values) => statement.run(...values),
        get: (...values) => interrupt(statement.get(...values)),
        all: (...values) => interrupt(statement.all(...values)),
        iterate: (...values) => statement.iterate(...values),
      };
    },
  };
}

describe('the head of a log', () => {
  test('is no damage when another process writes the first event while it is read', async () => {
    const mine = await openSqlite(path);
    const other = await openSqlite(path);
    prepareEventTables(mine);
    const write = createEventWriter(openEventFile(other), Date.now);
    const begin = () => write([encodeRequest(appendOf([newEvent('door-1')]))]);
    const rows = createEventRowsReader(interrupted(mine, begin));
    expect(rows.head()).toBeLessThanOrEqual(1);
    expect(rows.head()).toBe(1);
    mine.close();
    other.close();
  });

  test('that is behind what was read before is damage, and nothing is stored behind the gap', async () => {
    const engine = await createSqliteEventEngine(path);
    await engine.commit([appendOf(newEvents('door-1', 3))]);
    expect(await engine.head()).toBe(3n);
    const database = await openSqlite(path);
    database.exec('DELETE FROM events WHERE pos > 1');
    const isCorrupt = { code: 'LOG_CORRUPT', facts: { position: '3' } };
    await expect(engine.head()).rejects.toMatchObject(isCorrupt);
    await expect(engine.commit([appendOf([newEvent('door-1')])])).rejects.toMatchObject(isCorrupt);
    await expect(engine.commit([appendOf([newEvent('door-1')])])).rejects.toMatchObject(isCorrupt);
    await expect(engine.readLog({ after: 3n, limit: 9 })).rejects.toMatchObject(isCorrupt);
    expect((await engine.readLog({ after: 0n, limit: 9 })).events).toHaveLength(1);
    await engine.close();
    database.close();
  });

  test('that this engine has only written counts as read', async () => {
    const engine = await createSqliteEventEngine(path);
    await engine.commit([appendOf(newEvents('door-1', 3))]);
    const database = await openSqlite(path);
    database.exec('DELETE FROM events WHERE pos > 1');
    for (const isAgain of [false, true]) {
      const late = engine.commit([appendOf([newEvent('door-1')])]);
      await expect(late, `again: ${isAgain}`).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    }
    await engine.close();
    database.close();
  });
});
