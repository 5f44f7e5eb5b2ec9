import { Fault } from '@tidemark/core';
import { assertIntact, type EventRow } from './event-rows.ts';
import type { SqliteDatabase } from './open-sqlite.ts';
import { prepareTuples } from './rows.ts';

const HEAD = 'SELECT max(pos) FROM events';
const EVENTS_BEHIND = `
  SELECT e.pos, s.name, e.revision, e.type, e.schema, e.id, e.recorded_ms, e.data, e.meta, e.crc
  FROM events e LEFT JOIN streams s ON s.sid = e.sid
  WHERE e.pos > ? ORDER BY e.pos LIMIT ?`;
const EVENT_AT = `
  SELECT e.pos, s.name, e.revision, e.type, e.schema, e.id, e.recorded_ms, e.data, e.meta, e.crc
  FROM events e LEFT JOIN streams s ON s.sid = e.sid
  WHERE e.pos = ?`;
const STREAM_EVENTS = `
  SELECT e.pos, s.name, e.revision, e.type, e.schema, e.id, e.recorded_ms, e.data, e.meta, e.crc
  FROM events e JOIN streams s ON s.sid = e.sid
  WHERE e.sid = ? AND e.revision >= ? AND e.revision <= ? ORDER BY e.revision LIMIT ?`;
const STREAM_HEAD = `
  SELECT sid, (SELECT max(revision) FROM events WHERE events.sid = streams.sid)
  FROM streams WHERE name = ?`;
const STREAM_NAME = 'SELECT name FROM streams WHERE sid = ?';
const ANY_STREAM = 'SELECT sid FROM streams LIMIT 1';
const COMPLETE_TO = 'SELECT postings_complete_to FROM progress';

/** A stream's number and last revision. */
export interface StreamHead {
  readonly sid: number;
  last: number;
}

/** Revisions wanted, both ends included, and how many at most. */
export interface StreamSlice {
  readonly from: number;
  readonly upTo: number;
  readonly limit: number;
}

/** Checked rows over one connection: intact, and without gaps. */
export interface EventRowsReader {
  /** @throws LOG_CORRUPT when the last row is damaged. */
  readonly head: () => number;
  /** @throws LOG_CORRUPT when the index of names leads to another stream. */
  readonly streamHead: (stream: string) => StreamHead | undefined;
  /** @throws LOG_CORRUPT. */
  readonly ofStream: (sid: number, slice: StreamSlice) => readonly EventRow[];
  /** @throws LOG_CORRUPT. */
  readonly behind: (after: number, limit: number) => readonly EventRow[];
  /** @throws LOG_CORRUPT, also when there is none. */
  readonly at: (pos: number) => EventRow;
  /** Up to which position the index of postings is complete in the file. */
  readonly postingsCompleteTo: () => number;
}

/** Prepares the reads of the event tables. */
export function createEventRowsReader(database: SqliteDatabase): EventRowsReader {
  const head = prepareTuples<[number | null]>(database, HEAD);
  const streamHead = prepareTuples<[number, number | null]>(database, STREAM_HEAD);
  const streamEvents = prepareTuples<EventRow>(database, STREAM_EVENTS);
  const eventsBehind = prepareTuples<EventRow>(database, EVENTS_BEHIND);
  const eventAt = prepareTuples<EventRow>(database, EVENT_AT);
  const completeTo = prepareTuples<[number]>(database, COMPLETE_TO);
  const streamName = prepareTuples<[string]>(database, STREAM_NAME);
  const anyStream = prepareTuples<[number]>(database, ANY_STREAM);
  let intactHead = 0;

  const at = (pos: number): EventRow => {
    const row = eventAt.first(pos);
    if (row === undefined) throw missing('position', pos);
    assertIntact(row);
    return row;
  };
  return {
    head: () => {
      const last = head.first()?.[0] ?? 0;
      if (last === 0 && anyStream.first() !== undefined) throw missing('position', 1);
      if (last !== intactHead && last !== 0) at(last);
      intactHead = last;
      return last;
    },
    streamHead: (stream) => {
      const [sid, last] = streamHead.first(stream) ?? [];
      if (sid === undefined) return undefined;
      // The index of names answered; the row itself must agree.
      if (streamName.first(sid)?.[0] !== stream) throw missing('stream', sid, stream);
      return { sid, last: last ?? -1 };
    },
    ofStream: (sid, { from, upTo, limit }) =>
      checked(streamEvents.all(sid, from, upTo, limit), REVISION, from),
    behind: (after, limit) => checked(eventsBehind.all(after, limit), POSITION, after + 1),
    at,
    postingsCompleteTo: () => completeTo.first()?.[0] ?? 0,
  };
}

const POSITION = 0;
const REVISION = 2;

/** Checks each row, and that the column counts on from `first`. @throws LOG_CORRUPT. */
function checked(
  rows: readonly EventRow[],
  column: typeof POSITION | typeof REVISION,
  first: number,
): readonly EventRow[] {
  let expected = first;
  for (const row of rows) {
    assertIntact(row);
    if (row[column] !== expected) {
      throw missing(column === POSITION ? 'position' : 'revision', expected, row[1]);
    }
    expected += 1;
  }
  return rows;
}

function missing(what: string, expected: number, stream?: string | null): Fault {
  const facts = { [what]: String(expected), ...(stream === undefined ? {} : { stream }) };
  return new Fault('LOG_CORRUPT', `${what} ${expected} is missing`, { facts });
}
