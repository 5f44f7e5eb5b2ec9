import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault, type Recorded } from '@tidemark/core';
import { appendOf, newEvent } from '@tidemark/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSqliteEventEngine } from '../src/event-engine.ts';
import { checksumOf, type EventRow } from '../src/event-rows.ts';
import { closeSqlite, openSqlite } from '../src/open-sqlite.ts';
import { keyOfStream } from '../src/posting-tail.ts';
import { valuesOf } from '../src/rows.ts';

const MARK = 'the-mark-by-which-the-row-is-found';
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-corruption-'));
  path = join(folder, 'events.db');
  const engine = await createSqliteEventEngine(path);
  const events = [0, 1, 2].map((n) =>
    newEvent('door-1', { id: `${MARK}-${n}`, data: { n, text: 'ü' }, tags: ['key:1'] }),
  );
  await engine.commit([
    appendOf(events, [], { commandId: 'command-1', fingerprint: 'print-1' }),
    appendOf([newEvent('door-2')]),
  ]);
  await engine.close();
});
afterEach(() => rm(folder, { recursive: true }));

async function damage(sql: string): Promise<void> {
  const database = await openSqlite(path);
  database.exec(sql);
  closeSqlite(database);
}

/** Everything that can be read, by every way of reading, or the fault that stops it. */
async function readAll(): Promise<readonly Recorded[]> {
  const engine = await createSqliteEventEngine(path);
  try {
    const stream: Recorded[] = [];
    for await (const page of engine.readStream('door-1')) stream.push(...page);
    const { events } = await engine.readLog({ after: 0n, limit: 100 });
    const tagged = await engine.readLog({ after: 0n, limit: 100, query: [{ tags: ['key:1'] }] });
    expect(tagged.events).toEqual(stream);
    expect(events.slice(0, 3)).toEqual(stream);
    return events;
  } finally {
    await engine.close();
  }
}

const LOG_READ = { code: 'LOG_CORRUPT' };
const COLUMNS: Readonly<Record<string, string>> = {
  'a moved position': 'UPDATE events SET pos = 9 WHERE pos = 2',
  'a position larger than a number of the language': `UPDATE events SET pos = ${2n ** 60n + 1n} WHERE pos = 4`,
  'a checksum larger than that': `UPDATE events SET crc = ${2n ** 60n + 1n} WHERE pos = 2`,
  'a mark larger than that': `UPDATE progress SET postings_complete_to = ${2n ** 60n + 1n}`,
  'a changed stream': "UPDATE events SET stream = 'door-2', revision = 1 WHERE pos = 2",
  'a changed revision': 'UPDATE events SET revision = 7 WHERE pos = 2',
  'a changed type': "UPDATE events SET type = 'SomethingHappenec' WHERE pos = 2",
  'a changed schema': 'UPDATE events SET schema = 2 WHERE pos = 2',
  'a changed id': "UPDATE events SET id = 'x' WHERE pos = 2",
  'a changed time': 'UPDATE events SET recorded_ms = recorded_ms + 1 WHERE pos = 2',
  'changed data': "UPDATE events SET data = replace(data, '1', '2') WHERE pos = 2",
  'data cut short': 'UPDATE events SET data = substr(data, 1, 3) WHERE pos = 2',
  'a changed cause': "UPDATE events SET meta = replace(meta, 'tester', 'taster') WHERE pos = 2",
  'a changed tag': "UPDATE events SET meta = replace(meta, 'key:1', 'key:2') WHERE pos = 2",
  'a changed checksum': 'UPDATE events SET crc = crc + 1 WHERE pos = 2',
  'a row that is gone': 'DELETE FROM events WHERE pos = 2',
  'all rows gone': 'DELETE FROM events',
};

describe('reading the log finds damage', () => {
  test.each(Object.entries(COLUMNS))('%s', async (_what, sql) => {
    await expect(readAll()).resolves.toHaveLength(4);
    await damage(sql);
    await expect(readAll()).rejects.toMatchObject(LOG_READ);
  });

  test('a stream whose middle is gone is not read as if it were whole', async () => {
    await damage('DELETE FROM events WHERE pos = 2');
    const engine = await createSqliteEventEngine(path);
    const reading = async () => {
      for await (const _page of engine.readStream('door-1'));
    };
    await expect(reading()).rejects.toMatchObject(LOG_READ);
    await engine.close();
  });

  test('a stream is read up to the event before a damaged one, as far as it is asked for', async () => {
    await damage(`
      INSERT INTO postings SELECT ${keyOfStream('door-1')}, pos FROM events WHERE stream = 'door-1';
      UPDATE progress SET postings_complete_to = 4;
      UPDATE events SET id = 'x' WHERE pos = 2`);
    const engine = await createSqliteEventEngine(path);
    const pages: Recorded[] = [];
    for await (const page of engine.readStream('door-1', { upTo: 0 })) pages.push(...page);
    expect(pages.map(({ id }) => id)).toEqual([`${MARK}-0`]);
    const whole = async () => {
      for await (const _page of engine.readStream('door-1', { upTo: 1 }));
    };
    await expect(whole()).rejects.toMatchObject(LOG_READ);
    await engine.close();
  });

  test('a damaged event is named by its position', async () => {
    await damage("UPDATE events SET id = 'x' WHERE pos = 2");
    await expect(readAll()).rejects.toMatchObject({ facts: { position: '2' } });
  });

  test('the receipt of a damaged command is not answered', async () => {
    await damage("UPDATE events SET meta = replace(meta, 'print-1', 'print-2') WHERE pos = 1");
    const engine = await createSqliteEventEngine(path);
    await expect(engine.findCommand('command-1')).rejects.toMatchObject(LOG_READ);
    await engine.close();
  });

  test('only a row with a matching checksum is read: a change that renews it is not found here', async () => {
    const database = await openSqlite(path);
    const select =
      'SELECT pos, stream, revision, type, schema, id, recorded_ms, data, meta FROM events WHERE pos = 4';
    const row = [...valuesOf(database.prepare(select).get())];
    row[7] = '{"forged":true}';
    const crc = checksumOf(row as unknown as EventRow);
    database
      .prepare('UPDATE events SET data = ?, crc = ? WHERE pos = 4')
      .run('{"forged":true}', crc);
    closeSqlite(database);
    expect((await readAll())[3]?.data).toEqual({ forged: true });
  });
});

test('a flipped byte anywhere in a stored row is found, never returned as data', async () => {
  const intact = await readAll();
  const file = await readFile(path);
  const start = file.indexOf(`SomethingHappened${MARK}-1`);
  const end = file.indexOf('"tags":["key:1"]', start) + '"tags":["key:1"]'.length;
  expect(start).toBeGreaterThan(0);
  expect(end - start).toBeGreaterThan(150);
  let found = 0;
  for (let at = start; at < end; at += 3) {
    const damaged = Buffer.from(file);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    await writeFile(path, damaged);
    try {
      expect(await readAll()).toEqual(intact);
    } catch (error) {
      expect(isFault(error, 'LOG_CORRUPT'), `byte ${at}: ${error}`).toBe(true);
      found += 1;
    }
  }
  expect(found).toBeGreaterThan((end - start) / 4);
  await writeFile(path, file);
  expect(await readAll()).toEqual(intact);
});
