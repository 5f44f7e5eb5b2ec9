import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { type Write, writeOne } from './file-change.ts';
import { createFileWriter, type FileWriter } from './file-writer.ts';
import { driverModule, openSqlite, type SqliteDatabase } from './open-sqlite.ts';
import { startThread, type WritingThread } from './writing-thread.ts';
import { WRITING_THREAD_PROGRAM } from './writing-thread-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-writer-'));
const opened: SqliteDatabase[] = [];
afterAll(() => {
  for (const database of opened) database.close();
  rmSync(folder, { recursive: true });
});

const INSERT = 'INSERT INTO seats (seat) VALUES (?)';
const seat = (name: string): Write => writeOne(INSERT, [name]);
/** A file with an empty table, and what its seats are. */
async function openSeats() {
  const path = join(folder, `${opened.length}.db`);
  const database = await openSqlite(path);
  opened.push(database);
  database.exec('CREATE TABLE seats (seat TEXT PRIMARY KEY)');
  const select = database.prepare('SELECT seat FROM seats ORDER BY rowid');
  return { path, seats: () => select.all().map((row) => (row as { seat: string }).seat) };
}

const write = (writer: FileWriter, ...parts: readonly (readonly Write[])[]) =>
  writer.write({ guards: [], parts });

test('a change is in the file when it is answered, all its parts in one transaction', async () => {
  const { path, seats } = await openSeats();
  const writer = createFileWriter(path);
  expect(await write(writer, [seat('1A'), seat('1B')], [seat('1C')])).toBe(undefined);
  expect(seats()).toEqual(['1A', '1B', '1C']);
  await expect(write(writer, [seat('2A')], [seat('1A')])).rejects.toThrow('UNIQUE');
  expect(seats()).toEqual(['1A', '1B', '1C']);
  await writer.close();
});

test('a change that a guard refuses changes nothing, and answers what the guard said', async () => {
  const { path, seats } = await openSeats();
  const writer = createFileWriter(path);
  const guards = ['nobody', '1A'].map((name) => ({
    sql: "SELECT 'taken' WHERE EXISTS (SELECT 1 FROM seats WHERE seat = ?)",
    values: [name],
  }));
  expect(await writer.write({ guards, parts: [[seat('1A')]] })).toBe(undefined);
  expect(await writer.write({ guards, parts: [[seat('1B')], [seat('1C')]] })).toBe('taken');
  expect(seats()).toEqual(['1A']);
  await writer.close();
});

test('between the parts of a long change others get their turn', async () => {
  const { path, seats } = await openSeats();
  const writer = createFileWriter(path);
  const turns: string[] = [];
  function* parts() {
    for (const name of ['1A', '1B', '1C']) {
      setImmediate(() => turns.push(`after ${name}`));
      turns.push(name);
      yield [seat(name)];
    }
  }
  await writer.write({ guards: [], parts: parts() });
  expect(turns.slice(0, 5)).toEqual(['1A', '1B', 'after 1A', 'after 1B', '1C']);
  expect(seats()).toEqual(['1A', '1B', '1C']);
  await writer.close();
});

test('a change that cannot be made leaves nothing behind for the next one', async () => {
  const { path, seats } = await openSeats();
  const writer = createFileWriter(path);
  function* broken() {
    yield [seat('1A')];
    yield [seat('1B')];
    throw new Error('no such row');
  }
  await expect(writer.write({ guards: [], parts: broken() })).rejects.toThrow('no such row');
  await write(writer, [seat('1C')]);
  expect(seats()).toEqual(['1C']);
  await writer.close();
});

test('changes of several writers are made on one thread and do not mix', async () => {
  const [one, other] = [await openSeats(), await openSeats()];
  const writers = [createFileWriter(one.path), createFileWriter(other.path)];
  const names = Array.from({ length: 40 }, (_, n) => `${n}A`);
  await Promise.all(
    names.flatMap((name) => writers.map((writer) => write(writer, [seat(name)], []))),
  );
  expect(one.seats()).toEqual(names);
  expect(other.seats()).toEqual(names);
  for (const writer of writers) await writer.close();
});

test('a file that cannot be opened is told, and is tried again with the next change', async () => {
  const place = join(folder, 'not-yet');
  const path = join(place, 'seats.db');
  const writer = createFileWriter(path);
  await expect(write(writer, [seat('1A')])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  mkdirSync(place);
  const database = await openSqlite(path);
  opened.push(database);
  database.exec('CREATE TABLE seats (seat TEXT PRIMARY KEY)');
  expect(await write(writer, [seat('1A')])).toBe(undefined);
  await writer.close();
});

test('close waits for what was begun, and nothing is begun afterwards', async () => {
  const { path, seats } = await openSeats();
  const writer = createFileWriter(path);
  const begun = write(writer, [seat('1A')], [seat('1B')]);
  await writer.close();
  expect(seats()).toEqual(['1A', '1B']);
  await begun;
  await expect(write(writer, [seat('1C')])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await writer.close();
});

test('when the thread ends at work the outcome is unknown, and the next change has a new thread', async () => {
  const { path, seats } = await openSeats();
  const endsAtWork = `require('node:worker_threads').parentPort.on('message', () => process.exit());`;
  const programs = [endsAtWork, WRITING_THREAD_PROGRAM];
  let running: WritingThread | undefined;
  const thread = () => {
    running ??= startThread(programs.shift() ?? '', () => {
      running = undefined;
    });
    return running;
  };
  const writer = createFileWriter(path, thread);
  await expect(write(writer, [seat('1A')])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(await write(writer, [seat('1B')])).toBe(undefined);
  expect(seats()).toEqual(['1B']);
  await writer.close();
});

test('a file is closed although the thread ends before it answers', async () => {
  const { path } = await openSeats();
  const endsAtClose = WRITING_THREAD_PROGRAM.replaceAll('closeFile(close)', 'process.exit()');
  const thread = startThread(endsAtClose, () => {});
  const writer = createFileWriter(path, () => thread);
  await write(writer, [seat('1A')]);
  await writer.close();
  await expect(thread.ask({ close: 0, id: 0 })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

test.each([['--input-type=module'], ['--input-type=commonjs']])(
  'the program of the thread runs in a process that was started with %s',
  async (...execArgv) => {
    const { path, seats } = await openSeats();
    const workerData = { driver: driverModule(), settings: [] };
    const worker = new Worker(WRITING_THREAD_PROGRAM, { eval: true, execArgv, workerData });
    worker.postMessage({ change: [seat('1A')], id: 1, guards: [], file: 1, path });
    expect(await once(worker, 'message')).toEqual([{ id: 1 }]);
    expect(seats()).toEqual(['1A']);
    await worker.terminate();
  },
);
