import {
  Fault,
  type LogPage,
  type LogPageRequest,
  matches,
  type Query,
  type Recorded,
} from '@tidemark/core';
import { assertIntact, decodeRows, type EventMeta, type EventRow } from './event-rows.ts';
import type { SqliteDatabase } from './open-sqlite.ts';
import { prepareTuples } from './rows.ts';
import { createTagIndex } from './tag-index.ts';

const HEAD = 'SELECT max(pos) FROM events';
const EVENTS_BEHIND = `
  SELECT e.pos, s.name, e.revision, e.type, e.schema, e.id, e.recorded_ms, e.data, e.meta, e.crc
  FROM events e LEFT JOIN streams s ON s.sid = e.sid
  WHERE e.pos > ? ORDER BY e.pos LIMIT ?`;
const STREAM_EVENTS = `
  SELECT e.pos, s.name, e.revision, e.type, e.schema, e.id, e.recorded_ms, e.data, e.meta, e.crc
  FROM events e JOIN streams s ON s.sid = e.sid
  WHERE e.sid = ? AND e.revision >= ? AND e.revision <= ? ORDER BY e.revision LIMIT ?`;
const STREAM_HEAD = `
  SELECT sid, (SELECT max(revision) FROM events WHERE events.sid = streams.sid)
  FROM streams WHERE name = ?`;

const SCAN_EVENTS = 1_000;
/** A page that finds nothing still ends, so that one reader does not hold up the process. */
const SCAN_BUDGET_EVENTS = 10_000;

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

/** Reads over one connection; the writer has its own, inside its transaction. */
export interface EventReads {
  readonly head: () => number;
  readonly streamHead: (stream: string) => StreamHead | undefined;
  /** @throws LOG_CORRUPT. */
  readonly streamSlice: (sid: number, slice: StreamSlice) => readonly Recorded[];
  /** @throws LOG_CORRUPT. */
  readonly logPage: (page: LogPageRequest) => LogPage;
  /** Position of the first event behind `after` that matches. @throws LOG_CORRUPT. */
  readonly firstMatch: (query: Query, after: bigint) => bigint | undefined;
}

/** Prepares the reads of the event tables. */
export function createEventReads(database: SqliteDatabase): EventReads {
  const headQuery = prepareTuples<[number | null]>(database, HEAD);
  const streamHeadQuery = prepareTuples<[number, number | null]>(database, STREAM_HEAD);
  const sliceQuery = prepareTuples<EventRow>(database, STREAM_EVENTS);
  const head = () => headQuery.first()?.[0] ?? 0;
  const logPage = createLogReads(database, head);

  return {
    head,
    logPage,
    streamHead: (stream) => {
      const [sid, last] = streamHeadQuery.first(stream) ?? [];
      return sid === undefined ? undefined : { sid, last: last ?? -1 };
    },
    streamSlice: (sid, { from, upTo, limit }) => {
      const rows = sliceQuery.all(sid, from, upTo, limit);
      assertContiguous(rows, 2, from);
      return decodeRows(rows);
    },
    firstMatch: (query, after) => {
      const end = BigInt(head());
      for (let from = after; from < end; ) {
        const page = logPage({ after: from, limit: 1, query });
        if (page.events[0] !== undefined) return page.events[0].position;
        from = page.scannedTo;
      }
      return undefined;
    },
  };
}

type LogReads = EventReads['logPage'];

function createLogReads(database: SqliteDatabase, head: () => number): LogReads {
  const eventsBehind = prepareTuples<EventRow>(database, EVENTS_BEHIND);
  const tags = createTagIndex(database);
  const rowsBehind = (after: number, limit: number) => {
    const rows = eventsBehind.all(after, limit);
    assertContiguous(rows, 0, after + 1);
    return rows;
  };

  const readAll: LogReads = ({ after, limit }) => {
    const events = decodeRows(rowsBehind(Number(after), limit));
    return { events, scannedTo: events.at(-1)?.position ?? after };
  };
  const scan = (page: LogPageRequest, query: Query): LogPage => {
    const found: EventRow[] = [];
    let at = Number(page.after);
    for (let scanned = 0; scanned < SCAN_BUDGET_EVENTS && found.length < page.limit; ) {
      const rows = rowsBehind(at, SCAN_EVENTS);
      for (const row of rows) {
        at = row[0];
        if (matches(query, matchableOf(row))) found.push(row);
        if (found.length === page.limit) break;
      }
      scanned += rows.length;
      if (rows.length < SCAN_EVENTS) break;
    }
    return { events: decodeRows(found), scannedTo: BigInt(at) };
  };
  const lookUp = (page: LogPageRequest, query: Query): LogPage => {
    const after = Number(page.after);
    const end = Math.max(head(), after);
    const lists = query.map(({ tags: wanted = [] }) => tags.positions(wanted, after));
    const found: EventRow[] = [];
    let looked = 0;
    for (const pos of merge(lists)) {
      if (pos > end) break;
      const [row] = rowsBehind(pos - 1, 1);
      if (row !== undefined && matches(query, matchableOf(row))) found.push(row);
      looked += 1;
      if (found.length < page.limit && looked < SCAN_BUDGET_EVENTS) continue;
      return { events: decodeRows(found), scannedTo: BigInt(pos) };
    }
    return { events: decodeRows(found), scannedTo: BigInt(end) };
  };

  return (page) => {
    const { query } = page;
    if (query === undefined) return readAll(page);
    const tagged = query.every((alternative) => (alternative.tags ?? []).length > 0);
    return tagged ? lookUp(page, query) : scan(page, query);
  };
}

/** Checks each row, and that the column at `index` counts on from `first`. @throws LOG_CORRUPT. */
function assertContiguous(rows: readonly EventRow[], index: 0 | 2, first: number): void {
  let expected = first;
  for (const row of rows) {
    assertIntact(row);
    if (row[index] !== expected) {
      const what = index === 0 ? 'position' : 'revision';
      throw new Fault('LOG_CORRUPT', `${what} ${expected} is missing`, {
        facts: { position: String(row[0]), stream: row[1], expected },
      });
    }
    expected += 1;
  }
}

/** Its tags are parsed only when the query comes to ask for them. */
function matchableOf(row: EventRow) {
  return {
    stream: row[1] as Recorded['stream'],
    type: row[3],
    get tags() {
      return (JSON.parse(row[8]) as EventMeta).tags ?? [];
    },
  };
}

/** Rising lists as one, each value once. */
function* merge(lists: readonly Generator<number>[]): Generator<number> {
  const heads = lists.map((list) => list.next());
  for (;;) {
    let lowest = Number.POSITIVE_INFINITY;
    for (const head of heads) if (!head.done) lowest = Math.min(lowest, head.value);
    if (lowest === Number.POSITIVE_INFINITY) return;
    yield lowest;
    for (const [place, list] of lists.entries()) {
      const head = heads[place];
      if (head !== undefined && !head.done && head.value === lowest) heads[place] = list.next();
    }
  }
}
