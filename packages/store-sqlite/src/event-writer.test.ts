import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppendRequest, EventEngine, StreamName } from '@tidemark/core';
import { appendOf, newEvent, newEvents } from '@tidemark/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRequest } from './event-encoding.ts';
import { createSqliteEventEngine } from './event-engine.ts';
import { openEventFile } from './event-file.ts';
import { prepareEventTables } from './event-schema.ts';
import { createEventWriter } from './event-writer.ts';
import { openSqlite, readPragma } from './open-sqlite.ts';
import { keyOfStream } from './posting-tail.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-writer-'));
  path = join(folder, 'events.db');
});
afterEach(() => rm(folder, { recursive: true }));

async function openWriter(nowMs = 0) {
  const database = await openSqlite(path);
  prepareEventTables(database);
  const file = openEventFile(database);
  const write = createEventWriter(file, () => nowMs);
  return {
    database,
    write: (...batch: readonly AppendRequest[]) => write(batch.map(encodeRequest)),
    rows: file.rows,
  };
}

/** A thousand commands of one event each; every hundredth carries the tag. */
function thousand(from: number): readonly AppendRequest[] {
  return Array.from({ length: 1_000 }, (_, n) => {
    const tags = (from + n) % 100 === 0 ? ['rare:1'] : [];
    const event = newEvent(`door-${(from + n) % 40}`, { data: {}, tags });
    return appendOf([event], [], { commandId: `command-${from + n}` });
  });
}

describe('a writer that runs out of space', () => {
  test('stores nothing of the batch, forgets what it had in mind, and works on once there is space', async () => {
    const { database, write, rows } = await openWriter();
    write(appendOf([newEvent('door-1')], [], { commandId: 'command-1' }));
    database.exec(`PRAGMA max_page_count = ${Number(readPragma(database, 'page_count')) + 4}`);
    const large = { data: { text: 'x'.repeat(200_000) } };
    const batch = [
      appendOf([newEvent('door-1')], [], { commandId: 'command-2' }),
      appendOf([newEvent('door-2', large)], [], { commandId: 'command-3' }),
    ];
    expect(() => write(...batch)).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
    expect(rows.head()).toBe(1);

    database.exec('PRAGMA max_page_count = 1000000');
    const conditions = [
      { stream: 'door-1', revision: 0 } as const,
      { stream: 'door-2', revision: 'none' } as const,
    ];
    expect(write(...batch.map((request) => ({ ...request, conditions })).slice(0, 1))).toEqual([
      { kind: 'appended', position: 2n, revisions: { 'door-1': 1 } },
    ]);
    expect(write(...batch)).toMatchObject([
      { kind: 'duplicate', first: { position: 2n } },
      { kind: 'appended', position: 3n, revisions: { 'door-2': 0 } },
    ]);
    database.close();
  });
});

describe('a writer whose clock was set back', () => {
  test('records nothing earlier than the last event, also when the index in the file is complete up to there', async () => {
    const { database, write } = await openWriter(5_000);
    write(appendOf([newEvent('door-1')]));
    // Of events without tags and command ids there is nothing to index.
    database.exec('UPDATE progress SET postings_complete_to = 1');
    database.close();
    const again = await openWriter(4_999);
    again.write(appendOf([newEvent('door-1')]));
    expect(again.rows.behind(0, 10).map((row) => row[6])).toEqual([5_000, 5_000]);
    again.database.close();
  });
});

/** Stands in for a check of every event: a stream read from some place to its end. */
async function revisionsOf(
  engine: EventEngine,
  stream: StreamName,
  from: number,
): Promise<readonly [number, number, number]> {
  const revisions: number[] = [];
  for await (const page of engine.readStream(stream, { from })) {
    revisions.push(...page.map(({ revision }) => revision));
  }
  return [revisions[0] ?? -1, revisions.at(-1) ?? -1, revisions.length];
}

describe('streams whose names share a key', () => {
  const [ONE, OTHER] = ['door-07uo6uj', 'door-0kixxzh'] as const;

  test('are kept apart, while the index is in memory and when it has moved into the file', async () => {
    expect(keyOfStream(ONE)).toBe(keyOfStream(OTHER));
    const engine = await createSqliteEventEngine(path);
    expect(await engine.commit([appendOf(newEvents(ONE, 3))])).toMatchObject([{ position: 3n }]);
    const none = { stream: OTHER, revision: 'none' } as const;
    const first = appendOf(newEvents(OTHER, 2), [none]);
    expect(await engine.commit([first])).toMatchObject([{ revisions: { [OTHER]: 1 } }]);
    const one = appendOf(newEvents(ONE, 1), [{ stream: ONE, revision: 2 }]);
    expect(await engine.commit([one])).toMatchObject([{ revisions: { [ONE]: 3 } }]);
    const expectApart = async (opened: EventEngine) => {
      for (const from of [0, 1, 3]) {
        expect(await revisionsOf(opened, ONE, from)).toEqual([from, 3, 4 - from]);
      }
      expect(await revisionsOf(opened, OTHER, 0)).toEqual([0, 1, 2]);
      expect(await revisionsOf(opened, OTHER, 1)).toEqual([1, 1, 1]);
      const [late] = await opened.commit([appendOf(newEvents(OTHER, 1), [none])]);
      expect(late).toMatchObject({ kind: 'conflict', actual: 1 });
    };
    await expectApart(engine);
    for (let from = 0; from < 140_000; from += 1_000) await engine.commit(thousand(from));
    await engine.close();
    const again = await createSqliteEventEngine(path);
    await expectApart(again);
    await again.close();
  });
});

describe('the index of streams, tags and command ids', () => {
  test('finds everything while it moves from memory into the file, and after the file is opened again', async () => {
    const first = await createSqliteEventEngine(path);
    for (let from = 0; from < 80_000; from += 1_000) await first.commit(thousand(from));
    // Another engine, which learns the newest from the log, goes on where the first one is.
    const second = await createSqliteEventEngine(path);
    for (let from = 80_000; from < 160_000; from += 2_000) {
      await second.commit(thousand(from));
      await first.commit(thousand(from + 1_000));
    }
    const third = await createSqliteEventEngine(path);
    for (const engine of [first, second, third]) {
      for (const n of [0, 1, 79_999, 80_001, 127_777, 159_999]) {
        expect((await engine.findCommand(`command-${n}`))?.position).toBe(BigInt(n + 1));
      }
      expect(await engine.findCommand('command-160000')).toBeUndefined();
      const query = [{ tags: ['rare:1'] }];
      const { events } = await engine.readLog({ after: 0n, limit: 2_000, query });
      expect(events.map((event) => event.position)).toEqual(
        Array.from({ length: 1_600 }, (_, n) => BigInt(n * 100 + 1)),
      );
      for (const from of [0, 3, 1_400, 2_600, 3_999]) {
        expect(await revisionsOf(engine, 'door-7', from)).toEqual([from, 3_999, 4_000 - from]);
      }
      const late = appendOf([newEvent('door-7')], [{ stream: 'door-7', revision: 3_998 }]);
      expect(await engine.commit([late])).toMatchObject([{ kind: 'conflict', actual: 3_999 }]);
      const repeated = thousand(76_000).slice(0, 50);
      const results = await engine.commit(repeated);
      expect(new Set(results.map((result) => result.kind))).toEqual(new Set(['duplicate']));
    }
    for (const engine of [first, second, third]) await engine.close();

    const { database, rows } = await openWriter();
    // What a start has to read is bounded: the rest is in the file.
    expect(rows.head() - rows.postingsCompleteTo()).toBeLessThan(105_000);
    expect(rows.postingsCompleteTo()).toBeGreaterThan(0);
    database.close();
  });

  test('leaves less to read for a start, the longer a process lives', async () => {
    const engine = await createSqliteEventEngine(path);
    for (let from = 0; from < 140_000; from += 1_000) await engine.commit(thousand(from));
    await engine.close();
    const { database, rows } = await openWriter();
    expect(rows.head() - rows.postingsCompleteTo()).toBeLessThan(60_000);
    database.close();
  });

  test('moves into the file also when no process lives long, so that a start does not read ever more', async () => {
    for (let from = 0; from < 240_000; from += 16_000) {
      const engine = await createSqliteEventEngine(path);
      for (let some = from; some < from + 16_000; some += 400) {
        await engine.commit(thousand(some).slice(0, 400));
      }
      await engine.close();
    }
    const { database, rows } = await openWriter();
    expect(rows.head()).toBe(240_000);
    expect(rows.head() - rows.postingsCompleteTo()).toBeLessThan(105_000);
    database.close();
  });
});
