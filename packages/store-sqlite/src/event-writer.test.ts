import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppendRequest } from '@tidemark/core';
import { appendOf, newEvent } from '@tidemark/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRequest } from './event-encoding.ts';
import { createSqliteEventEngine } from './event-engine.ts';
import { createEventRowsReader } from './event-rows-reader.ts';
import { prepareEventTables } from './event-schema.ts';
import { createEventWriter } from './event-writer.ts';
import { createLogKnowledge } from './log-knowledge.ts';
import { openSqlite, readPragma } from './open-sqlite.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-writer-'));
  path = join(folder, 'events.db');
});
afterEach(() => rm(folder, { recursive: true }));

async function openWriter() {
  const database = await openSqlite(path);
  prepareEventTables(database);
  const write = createEventWriter(database, createLogKnowledge());
  return {
    database,
    write: (...batch: readonly AppendRequest[]) => write(batch.map(encodeRequest), 0),
    rows: createEventRowsReader(database),
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
    expect(rows.streamHead('door-2')).toBeUndefined();

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

describe('the index of tags and command ids', () => {
  test('finds everything while it moves from memory into the file, and after the file is opened again', async () => {
    const first = await createSqliteEventEngine(path);
    for (let from = 0; from < 40_000; from += 1_000) await first.commit(thousand(from));
    // Another engine, which learns the newest from the log, goes on where the first one is.
    const second = await createSqliteEventEngine(path);
    for (let from = 40_000; from < 80_000; from += 2_000) {
      await second.commit(thousand(from));
      await first.commit(thousand(from + 1_000));
    }
    const third = await createSqliteEventEngine(path);
    for (const engine of [first, second, third]) {
      for (const n of [0, 1, 39_999, 40_001, 63_777, 79_999]) {
        expect((await engine.findCommand(`command-${n}`))?.position).toBe(BigInt(n + 1));
      }
      expect(await engine.findCommand('command-80000')).toBeUndefined();
      const query = [{ tags: ['rare:1'] }];
      const { events } = await engine.readLog({ after: 0n, limit: 1_000, query });
      expect(events.map((event) => event.position)).toEqual(
        Array.from({ length: 800 }, (_, n) => BigInt(n * 100 + 1)),
      );
      const repeated = thousand(38_000).slice(0, 50);
      const results = await engine.commit(repeated);
      expect(new Set(results.map((result) => result.kind))).toEqual(new Set(['duplicate']));
    }
    for (const engine of [first, second, third]) await engine.close();

    const { database, rows } = await openWriter();
    // What a start has to read is bounded: the rest is in the file.
    expect(rows.head() - rows.postingsCompleteTo()).toBeLessThan(70_000);
    expect(rows.postingsCompleteTo()).toBeGreaterThan(0);
    database.close();
  }, 120_000);
});
