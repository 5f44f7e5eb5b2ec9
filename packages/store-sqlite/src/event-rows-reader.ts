import { Fault } from '@tidemark/core';
import {
  EVENT_TEXT,
  type EventLines,
  type EventRow,
  type EventText,
  intactRow,
  intactRows,
  selectEventLines,
} from './event-rows.ts';
import type { SqliteDatabase } from './open-sqlite.ts';
import { prepareTuples } from './rows.ts';

const DATA_VERSION = 'PRAGMA data_version';
/** One statement, so that both are of one moment: else the log might have begun, or moved on, between the two. */
const HEAD = `SELECT (SELECT max(pos) FROM events) AS last,
  (SELECT max(postings_complete_to, has_begun) FROM progress) AS at_least`;
const EVENTS_BEHIND = `SELECT ${EVENT_TEXT} FROM events e WHERE e.pos > ? ORDER BY e.pos LIMIT ?`;
const EVENT_AT = `SELECT ${EVENT_TEXT} FROM events e WHERE e.pos = ?`;
const EVENTS_AMONG = `
  SELECT ${EVENT_TEXT} FROM events e WHERE e.pos IN (SELECT value FROM json_each(?)) ORDER BY e.pos`;
/** So many events are one text: few enough that it stays far below what a text may be, however large they are. */
const EVENTS_A_TEXT = 64;
/** The limit stands in the text: bound, it makes SQLite plan the statement again. */
const EVENTS_OF_KEY = selectEventLines(`FROM postings p CROSS JOIN events e ON e.pos = p.pos
  WHERE p.key = ? AND p.pos > ? ORDER BY p.pos LIMIT ${EVENTS_A_TEXT}`);
const COMPLETE_TO = 'SELECT postings_complete_to FROM progress';

/** Checked rows over one connection: intact, and without gaps. */
export interface EventRowsReader {
  /** A figure that changes when another connection commits. */
  readonly dataVersion: () => number;
  /**
   * @param known A position that is known to be stored; it stays so, and so does every head that was answered.
   * @throws LOG_CORRUPT when the last row is damaged, or the log ends before it is known to.
   */
  readonly head: (known?: number) => number;
  /** @throws LOG_CORRUPT. */
  readonly behind: (after: number, limit: number) => readonly EventRow[];
  /** @throws LOG_CORRUPT, also when there is none. */
  readonly at: (pos: number) => EventRow;
  /** Those of the positions at which there is an event, rising. @throws LOG_CORRUPT. */
  readonly among: (positions: readonly number[]) => readonly EventRow[];
  /** Events at which a key stands, as far as the index in the file tells, rising. @throws LOG_CORRUPT. */
  readonly ofKey: (key: number, after: number, limit: number) => readonly EventRow[];
  /** Up to which position the index of postings is complete in the file. */
  readonly postingsCompleteTo: () => number;
}

/** Prepares the reads of the event tables. */
export function createEventRowsReader(database: SqliteDatabase): EventRowsReader {
  const dataVersion = prepareTuples<[number]>(database, DATA_VERSION);
  const head = prepareTuples<[number | null, number | null]>(database, HEAD);
  const eventsBehind = prepareTuples<EventText>(database, EVENTS_BEHIND);
  const eventAt = prepareTuples<EventText>(database, EVENT_AT);
  const eventsAmong = prepareTuples<EventText>(database, EVENTS_AMONG);
  const eventsOfKey = prepareTuples<EventLines>(database, EVENTS_OF_KEY);
  const completeTo = prepareTuples<[number]>(database, COMPLETE_TO);
  /** How far the log is known to come. */
  let reached = 0;

  const at = (pos: number): EventRow => {
    const row = eventAt.first(pos);
    if (row === undefined) throw missing('position', pos);
    return intactRow(row);
  };
  return {
    dataVersion: () => dataVersion.first()?.[0] ?? 0,
    head: (known = 0) => {
      const [found, begun] = head.first() ?? [null, null];
      const last = found ?? 0;
      reached = Math.max(reached, known);
      const atLeast = Math.max(reached, begun ?? 0);
      if (last < atLeast) throw missing('position', atLeast);
      if (last > reached) at(last);
      reached = last;
      return last;
    },
    behind: (after, limit) =>
      counted(eventsBehind.all(after, limit).map(intactRow), 'position', after + 1),
    at,
    among: (positions) =>
      positions.length === 0 ? [] : eventsAmong.all(`[${positions.join()}]`).map(intactRow),
    ofKey: (key, after, limit) => {
      const found: EventRow[] = [];
      for (let from = after; found.length < limit; ) {
        const rows = intactRows(eventsOfKey.first(key, from) ?? [null], limit - found.length);
        found.push(...rows);
        if (rows.length < EVENTS_A_TEXT) break;
        from = rows.at(-1)?.[0] ?? from;
      }
      return found;
    },
    postingsCompleteTo: () => completeTo.first()?.[0] ?? 0,
  };
}

const COLUMN = { position: 0, revision: 2 } as const;

/** Answers the rows, whose column counts on from `first`. @throws LOG_CORRUPT when it does not. */
export function counted(
  rows: readonly EventRow[],
  what: keyof typeof COLUMN,
  first: number,
): readonly EventRow[] {
  let expected = first;
  for (const row of rows) {
    if (row[COLUMN[what]] !== expected) throw missing(what, expected, row[1]);
    expected += 1;
  }
  return rows;
}

/** What the log should hold and does not. */
export function missing(what: keyof typeof COLUMN, expected: number, stream?: string): Fault {
  const facts = { [what]: String(expected), ...(stream === undefined ? {} : { stream }) };
  return new Fault('LOG_CORRUPT', `${what} ${expected} is missing`, { facts });
}
