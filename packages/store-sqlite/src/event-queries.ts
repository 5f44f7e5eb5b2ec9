import {
  type LogPage,
  type LogPageRequest,
  matches,
  type Query,
  type StreamName,
} from '@tidemark/core';
import { decodeRows, type EventMeta, type EventRow } from './event-rows.ts';
import type { EventRowsReader } from './event-rows-reader.ts';
import type { LogKnowledge } from './log-knowledge.ts';
import { keyOfTag } from './posting-tail.ts';
import type { Postings } from './postings.ts';

const SCAN_EVENTS = 1_000;
/** A page that finds nothing still ends, so that one reader does not hold up the process. */
const BUDGET_EVENTS = 10_000;

/** No log comes so far; a number behind it is no longer exact. */
const NEVER_REACHED = BigInt(Number.MAX_SAFE_INTEGER);

/** What a search found, and how far it looked. */
interface Found {
  readonly rows: readonly EventRow[];
  readonly scannedTo: number;
}

/** Reads of the log over one connection. */
export interface LogSource {
  readonly rows: EventRowsReader;
  readonly postings: Postings;
  /** Up to which position the postings are known. */
  readonly known: Pick<LogKnowledge, 'head' | 'endsAt'>;
}

/** One page of the log. @throws LOG_CORRUPT. */
export function readLogPage(source: LogSource, page: LogPageRequest): LogPage {
  const { after, limit, query } = page;
  if (after > NEVER_REACHED || source.known.endsAt(Number(after))) {
    return { events: [], scannedTo: after };
  }
  if (query === undefined) {
    const events = decodeRows(source.rows.behind(Number(after), limit));
    // That there is nothing is answered only of a log that is known to end there.
    if (events.length === 0) source.rows.head();
    return { events, scannedTo: events.at(-1)?.position ?? after };
  }
  const found = search(source, { query, after: Number(after), limit });
  return { events: decodeRows(found.rows), scannedTo: BigInt(found.scannedTo) };
}

/** Position of the first event that matches, behind `after` and up to `end`. @throws LOG_CORRUPT. */
export function findFirstMatch(
  source: LogSource,
  { query, after, end }: { readonly query: Query; readonly after: number; readonly end: number },
): number | undefined {
  for (let from = after; from < end; ) {
    const { rows, scannedTo } = search(source, { query, after: from, limit: 1 });
    if (rows[0] !== undefined) return rows[0][0];
    from = scannedTo;
  }
  return undefined;
}

interface Search {
  readonly query: Query;
  readonly after: number;
  readonly limit: number;
}

function search(source: LogSource, wanted: Search): Found {
  const tagged = wanted.query.every((alternative) => (alternative.tags ?? []).length > 0);
  return tagged ? lookUp(source, wanted) : scan(source.rows, wanted);
}

/** Looks at event after event. */
function scan(rows: EventRowsReader, { query, after, limit }: Search): Found {
  const found: EventRow[] = [];
  const isMatch = createMatch(query);
  let at = after;
  // Where everything matches, no more is read than is wanted; where little does, more and more at a time.
  let together = Math.min(limit, SCAN_EVENTS);
  for (let looked = 0; looked < BUDGET_EVENTS && found.length < limit; looked += together) {
    if (looked > 0) together = Math.min(2 * together, SCAN_EVENTS);
    const page = rows.behind(at, together);
    for (const row of page) {
      at = row[0];
      if (isMatch(row)) found.push(row);
      if (found.length === limit) break;
    }
    if (page.length < together) break;
  }
  return { rows: found, scannedTo: at };
}

/** Looks only where the tags of an alternative stand. */
function lookUp(source: LogSource, { query, after, limit }: Search): Found {
  const found: EventRow[] = [];
  const end = source.known.head();
  const isMatch = createMatch(query);
  const lists = query.map(({ tags = [] }) => source.postings.positions(tags.map(keyOfTag), after));
  let looked = 0;
  for (const pos of merge(lists)) {
    if (pos > end) break;
    const row = source.rows.at(pos);
    if (isMatch(row)) found.push(row);
    looked += 1;
    if (found.length === limit || looked === BUDGET_EVENTS) return { rows: found, scannedTo: pos };
  }
  return { rows: found, scannedTo: Math.max(after, end) };
}

/** Tells which rows match; tags are parsed where they are asked for. */
function createMatch(query: Query): (row: EventRow) => boolean {
  const asksForTags = query.some(({ tags = [] }) => tags.length > 0);
  return (row) => {
    const tags = asksForTags ? ((JSON.parse(row[8]) as EventMeta).tags ?? []) : [];
    return matches(query, { stream: row[1] as StreamName, type: row[3], tags });
  };
}

/** Rising lists as one, each value once. */
function* merge(lists: readonly Generator<number>[]): Generator<number> {
  const [only] = lists;
  if (only !== undefined && lists.length === 1) return yield* only;
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
