import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  assertLogPage,
  type Clock,
  type EventEngine,
  Fault,
  type Recorded,
  type StreamName,
  type StreamRange,
} from '@tidemark/core';
import { findReceipt } from './command-receipts.ts';
import { encodeRequest } from './event-encoding.ts';
import { type EventFile, openEventFile } from './event-file.ts';
import { createEventNews } from './event-news.ts';
import { readLogPage } from './event-queries.ts';
import { decodeRows, type EventRow } from './event-rows.ts';
import { prepareEventTables } from './event-schema.ts';
import { createEventWriter } from './event-writer.ts';
import { closeSqlite, fileOf, openSqlite, type SqliteDatabase } from './open-sqlite.ts';
import { logFaultOf } from './sqlite-faults.ts';
import { verifyEvents } from './verify-events.ts';

const STREAM_PAGE_EVENTS = 1_000;

export interface SqliteEventEngineOptions {
  /** For `recordedAt`. The machine's clock unless given. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** Runs work on an open engine: refuses after `close`, and turns what SQLite throws into faults. */
type Guard = <Result>(work: () => Result) => Result;

/**
 * Events in one SQLite file, without deviations from the port. Several processes may open the same file.
 * One connection writes and reads, so that what was written stays in its cache; all calls run on the calling
 * thread, so that no read falls into a transaction.
 *
 * @param path A file; its folder exists.
 * @throws STORE_UNAVAILABLE, STORE_FULL, CONFIGURATION_INVALID when the file cannot be used.
 *
 * @example
 * const engine = await createSqliteEventEngine('./data/flights.db');
 */
export async function createSqliteEventEngine(
  path: string,
  options: SqliteEventEngineOptions = {},
): Promise<EventEngine> {
  if (path === '' || path === ':memory:') {
    throw new Fault('CONFIGURATION_INVALID', 'events on SQLite need a file');
  }
  const database = await openSqlite(path);
  const file = fileOf(database);
  try {
    prepareEventTables(database);
    const engine = createEngine(database, options.clock?.now ?? Date.now);
    return { ...engine, verify: (signal) => verifyEvents(file, signal) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function createEngine(database: SqliteDatabase, now: () => number): EventEngine {
  const file = openEventFile(database);
  const { rows, known } = file;
  const write = createEventWriter(file, now);
  const head = () => BigInt(rows.head());
  const news = createEventNews({ head, dataVersion: rows.dataVersion });
  let closed = false;
  const guard: Guard = (work) => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the store is closed');
    try {
      return work();
    } catch (error) {
      throw logFaultOf(error);
    }
  };

  return {
    capabilities: { queries: true },
    commit: async (batch, onStored) => {
      const stored: EventRow[] = [];
      const results = guard(() => write(batch.map(encodeRequest), onStored && stored));
      onStored?.(decodeRows(stored));
      news.announce();
      return results;
    },
    readStream: (stream, range = {}) => readStream({ ...file, guard }, stream, range),
    readLog: async (page) => {
      assertLogPage(page);
      return guard(() => {
        if (page.query !== undefined) known.refresh();
        return readLogPage(file, page);
      });
    },
    head: async () => guard(head),
    findCommand: async (commandId) =>
      guard(() => {
        known.refresh();
        return findReceipt(file, commandId);
      }),
    awaitNews: news.wait,
    close: async () => {
      if (closed) return;
      closed = true;
      news.close();
      closeSqlite(database);
    },
  };
}

interface Reading extends EventFile {
  readonly guard: Guard;
}

async function* readStream(
  { known, streams, guard }: Reading,
  stream: StreamName,
  { from = 0, upTo = Number.MAX_SAFE_INTEGER }: StreamRange,
): AsyncGenerator<readonly Recorded[]> {
  let revision = Math.max(0, from);
  const [last, before] = guard(() => {
    known.refresh();
    const end = Math.min(upTo, streams.head(stream).last);
    return [end, revision > end ? 0 : streams.placeBefore(stream, revision)];
  });
  for (let after = before; revision <= last; ) {
    const page = guard(() => {
      const limit = Math.min(STREAM_PAGE_EVENTS, last - revision + 1);
      return decodeRows(streams.behind(stream, { after, revision }, limit));
    });
    yield page;
    revision += page.length;
    if (revision > last) return;
    after = Number(page.at(-1)?.position ?? after);
    // A long stream leaves turns to the rest of the process.
    await nextTurn();
    guard(known.refresh);
  }
}
