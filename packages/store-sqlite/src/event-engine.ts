import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Clock,
  type EventEngine,
  Fault,
  type LogPageRequest,
  type Recorded,
  type StreamName,
  type StreamRange,
} from '@tidemark/core';
import { findReceipt } from './command-receipts.ts';
import { encodeRequest } from './event-encoding.ts';
import { createEventNews } from './event-news.ts';
import { readLogPage } from './event-queries.ts';
import { decodeRows } from './event-rows.ts';
import { createEventRowsReader, type EventRowsReader } from './event-rows-reader.ts';
import { prepareEventTables } from './event-schema.ts';
import { createEventWriter } from './event-writer.ts';
import { createLogKnowledge } from './log-knowledge.ts';
import { closeSqlite, openSqlite, type SqliteDatabase } from './open-sqlite.ts';
import { createPostings } from './postings.ts';
import { prepareTuples } from './rows.ts';
import { faultOf } from './sqlite-faults.ts';

const DATA_VERSION = 'PRAGMA data_version';
const STREAM_PAGE_EVENTS = 1_000;
const LOG_PAGE_LIMIT = 10_000;

export interface SqliteEventEngineOptions {
  /** For `recordedAt`. The machine's clock unless given. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** Runs work on an open engine: refuses after `close`, and turns what SQLite throws into faults. */
type Guard = <Result>(work: () => Result) => Result;

/**
 * Events in one SQLite file, without deviations from the port. Several processes may open the same file.
 * Writing and reading have a connection each, and all calls run on the calling thread.
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
  const writing = await openSqlite(path);
  let reading: SqliteDatabase | undefined;
  try {
    prepareEventTables(writing);
    reading = await openSqlite(path);
    return createEngine(writing, reading, options.clock?.now ?? Date.now);
  } catch (error) {
    reading?.close();
    writing.close();
    throw error;
  }
}

function createEngine(
  writing: SqliteDatabase,
  reading: SqliteDatabase,
  now: () => number,
): EventEngine {
  const known = createLogKnowledge();
  const write = createEventWriter(writing, known);
  const rows = createEventRowsReader(reading);
  const postings = createPostings(reading, known.tail);
  const knownTo = () => {
    known.catchUp(rows);
    return known.head();
  };
  const dataVersion = prepareTuples<[number]>(reading, DATA_VERSION);
  const head = () => BigInt(rows.head());
  const news = createEventNews({ head, dataVersion: () => dataVersion.first()?.[0] });
  let closed = false;
  const guard: Guard = (work) => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the store is closed');
    try {
      return work();
    } catch (error) {
      throw faultOf(error);
    }
  };

  return {
    capabilities: { queries: true },
    commit: async (batch) => {
      const results = guard(() =>
        batch.length === 0 ? [] : write(batch.map(encodeRequest), now()),
      );
      news.announce();
      return results;
    },
    readStream: (stream, range = {}) => readStream({ rows, guard }, stream, range),
    readLog: async (page) => {
      assertPage(page);
      return guard(() => readLogPage({ rows, postings, knownTo }, page));
    },
    head: async () => guard(head),
    findCommand: async (commandId) =>
      guard(() => {
        known.catchUp(rows);
        return findReceipt({ rows, postings }, commandId);
      }),
    awaitNews: news.wait,
    close: async () => {
      if (closed) return;
      closed = true;
      news.close();
      reading.close();
      closeSqlite(writing);
    },
  };
}

async function* readStream(
  { rows, guard }: { readonly rows: EventRowsReader; readonly guard: Guard },
  stream: StreamName,
  { from = 0, upTo = Number.MAX_SAFE_INTEGER }: StreamRange,
): AsyncGenerator<readonly Recorded[]> {
  const sid = guard(() => rows.streamHead(stream))?.sid;
  if (sid === undefined) return;
  for (let next = Math.max(0, from); next <= upTo; next += STREAM_PAGE_EVENTS) {
    const slice = { from: next, upTo, limit: STREAM_PAGE_EVENTS };
    const page = guard(() => decodeRows(rows.ofStream(sid, slice)));
    if (page.length > 0) yield page;
    if (page.length < STREAM_PAGE_EVENTS) return;
    // A long stream leaves turns to the rest of the process.
    await nextTurn();
  }
}

function assertPage({ limit }: LogPageRequest): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LOG_PAGE_LIMIT) return;
  throw new RangeError(`a page holds 1 to ${LOG_PAGE_LIMIT} events, asked for ${limit}`);
}
