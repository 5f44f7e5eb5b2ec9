import { openSqlite, type SqliteDatabase } from '@tidemark/store-sqlite';
import { CAUSE, nextId, nextPayload, TYPE } from '../harness/payload.ts';
import type { Streams } from '../harness/streams.ts';

export interface RawRow {
  readonly pos: number;
  readonly sid: number;
  readonly data: string;
  readonly meta: string;
}

/** A log on one table. Only the file is opened by our code, so that page size and durability are the same. */
export interface RawLog {
  readonly database: SqliteDatabase;
  readonly transaction: (work: () => void) => void;
  readonly insert: (sid: number, revision: number) => void;
  readonly ofStream: (sid: number, from: number, limit: number) => readonly RawRow[];
  readonly ofLog: (after: number, limit: number) => readonly RawRow[];
  readonly close: () => void;
}

const CREATE = `CREATE TABLE IF NOT EXISTS events (pos INTEGER PRIMARY KEY, sid INTEGER NOT NULL,
  revision INTEGER NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, data TEXT NOT NULL,
  meta TEXT NOT NULL, UNIQUE (sid, revision))`;
const INSERT =
  'INSERT INTO events (sid, revision, type, id, at, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?)';
const COLUMNS = 'pos, sid, revision, type, id, at, data, meta';
const OF_STREAM = `SELECT ${COLUMNS} FROM events WHERE sid = ? AND revision >= ? ORDER BY revision LIMIT ?`;
const OF_LOG = `SELECT ${COLUMNS} FROM events WHERE pos > ? ORDER BY pos LIMIT ?`;
const FILL_EVENTS = 1_000;

export async function openRaw(folder: string, file = 'limit.db'): Promise<RawLog> {
  const database = await openSqlite(`${folder}/${file}`);
  database.exec(CREATE);
  const insert = database.prepare(INSERT);
  const ofStream = database.prepare(OF_STREAM);
  const ofLog = database.prepare(OF_LOG);
  return {
    database,
    transaction: (work) => {
      database.exec('BEGIN IMMEDIATE');
      work();
      database.exec('COMMIT');
    },
    insert: (sid, revision) => {
      const data = JSON.stringify(nextPayload());
      insert.run(sid, revision, TYPE, nextId(), Date.now(), data, JSON.stringify(CAUSE));
    },
    ofStream: (sid, from, limit) => ofStream.all(sid, from, limit) as RawRow[],
    ofLog: (after, limit) => ofLog.all(after, limit) as RawRow[],
    close: () => database.close(),
  };
}

/** Writes events over all streams, one each in turn, in the order of hashes. */
export function fillRaw(log: RawLog, streams: Streams, events: number): void {
  const last = new Int32Array(streams.count).fill(-1);
  for (let written = 0; written < events; written += FILL_EVENTS) {
    log.transaction(() => {
      for (let n = written; n < Math.min(events, written + FILL_EVENTS); n += 1) {
        const stream = events <= streams.count ? n : streams.any();
        last[stream] = (last[stream] ?? -1) + 1;
        log.insert(stream, last[stream] as number);
      }
    });
  }
  for (const [stream, revision] of last.entries()) streams.set(stream, revision);
}
