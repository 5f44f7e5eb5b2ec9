import {
  type EventReader,
  Fault,
  type LogPage,
  type LogPageRequest,
  type Recorded,
  type StreamName,
  type StreamRange,
} from '@tidemark/core';
import pg from 'pg';
import { type ReceiptJson, toReceipt } from './batch-answers.ts';
import { asText, inSchema } from './connection.ts';
import { createLineDecoder, lineOf } from './event-rows.ts';
import { buildLogQuery, WITH_STREAM } from './log-query.ts';
import { faultOf } from './postgres-faults.ts';

/** Events of one statement: enough to share its cost, few enough to be held at once. */
const PAGE_EVENTS = 1_000;
/** Pages of a stream that the server makes while one is handled: one that is being sent, and one behind it. */
const PAGES_AHEAD = 2;
const LOG_PAGE_LIMIT = 10_000;
const LAST_REVISION = 2_147_483_647;

/**
 * No row when there is no such stream, one without a line when the page is empty. The last revision shows whether
 * anything is missing, and what is to come.
 */
const READ_STREAM = `select last.revision, page.line
from {schema}.streams s
cross join lateral (
  select max(e.revision) as revision from {schema}.events e where e.sid = s.sid
) last
left join lateral (
  select e.revision, ${lineOf('s.name')} as line from {schema}.events e
  where e.sid = s.sid and e.revision >= $2 and e.revision <= $3 order by e.revision
) page on true
where s.name = $1 order by page.revision`;
const READ_LOG = `select ${lineOf('s.name')} from {schema}.events e ${WITH_STREAM}
where e.position > $1 and e.position <= $2 order by e.position`;
/** The type of a line, among PostgreSQL's own. */
const TEXT = pg.types.builtins.TEXT;
const READ_HEAD = 'select position from {schema}.log_head';
const FIND_COMMAND =
  'select command_id, position, fingerprint, revisions from {schema}.receipts(array[$1])';

/**
 * Runs one read and answers its rows as arrays of text. Columns of type `text` are what `decode` makes of them, where
 * it is given: called for a row as soon as that has come, while the server still makes others.
 *
 * @throws STORE_UNAVAILABLE, and the faults of `decode`.
 */
export type RunRead = <Row>(
  sql: string,
  values: readonly unknown[],
  decode?: (text: string) => unknown,
) => Promise<readonly Row[]>;

/** Reads over a pool, each statement on whatever connection is free. */
export function createRunRead(pool: pg.Pool, schema: string): RunRead {
  return async <Row>(
    sql: string,
    values: readonly unknown[],
    decode?: (text: string) => unknown,
  ) => {
    const query = { text: inSchema(sql, schema), values: [...values], rowMode: 'array' as const };
    const types = decode && { getTypeParser: (type: number) => (type === TEXT ? decode : asText) };
    try {
      const { rows } = await pool.query(types ? { ...query, types } : query);
      return rows as unknown[] as readonly Row[];
    } catch (error) {
      throw faultOf(error);
    }
  };
}

/** The reads of the port. */
export function createReads(run: RunRead): Omit<EventReader, 'awaitNews'> {
  return {
    readStream: (stream, range = {}) => readStream(run, stream, range),
    readLog: (page) => readLog(run, page),
    head: () => readHead(run),
    findCommand: async (commandId) => {
      const [row] = await run<readonly [string, string, string | null, string]>(FIND_COMMAND, [
        commandId,
      ]);
      if (row === undefined) return undefined;
      const [command_id, position, fingerprint, revisions] = row;
      return toReceipt({
        command_id,
        position,
        fingerprint,
        revisions: JSON.parse(revisions) as ReceiptJson['revisions'],
      });
    },
  };
}

/** Position of the last event. */
export async function readHead(run: RunRead): Promise<bigint> {
  const [row] = await run<readonly [string]>(READ_HEAD, []);
  return BigInt(row?.[0] ?? 0);
}

/** A fact that is the same on all rows of an answer, and an event of the page; one row without one for an empty page. */
type FactAndEvent = readonly [fact: string | null, event: Recorded | null];

async function* readStream(
  run: RunRead,
  stream: StreamName,
  { from = 0, upTo = LAST_REVISION }: StreamRange,
): AsyncGenerator<readonly Recorded[]> {
  const end = Math.min(upTo, LAST_REVISION);
  const ask = (first: number) => {
    const pageEnd = Math.min(end, first + PAGE_EVENTS - 1);
    const page = run<FactAndEvent>(READ_STREAM, [stream, first, pageEnd], createLineDecoder());
    // A reader that stops early never awaits the page that was asked for ahead.
    page.catch(() => undefined);
    return page;
  };
  let first = Math.max(0, from);
  if (first > end) return;
  const coming = [ask(first)];
  let unasked = first + PAGE_EVENTS;
  for (;;) {
    const rows = (await coming.shift()) ?? [];
    const stored = Math.min(end, Number(rows[0]?.[0] ?? -1));
    for (; coming.length < PAGES_AHEAD && unasked <= stored; unasked += PAGE_EVENTS) {
      coming.push(ask(unasked));
    }
    const page = eventsOf(rows);
    const next = first + PAGE_EVENTS;
    assertWhole(page, { stream, first, last: Math.min(stored, next - 1) });
    if (page.length > 0) yield page;
    if (next > stored) return;
    first = next;
  }
}

function eventsOf(rows: readonly FactAndEvent[]): readonly Recorded[] {
  return rows.flatMap(([, event]) => event ?? []);
}

/** Revisions have no gaps, so a row that is missing was taken away. @throws LOG_CORRUPT. */
function assertWhole(
  page: readonly Recorded[],
  {
    stream,
    first,
    last,
  }: { readonly stream: string; readonly first: number; readonly last: number },
): void {
  let revision = first;
  for (const recorded of page) {
    if (recorded.revision !== revision) break;
    revision += 1;
  }
  if (revision > last) return;
  throw new Fault('LOG_CORRUPT', 'a stream has a gap', { facts: { stream, revision } });
}

async function readLog(run: RunRead, page: LogPageRequest): Promise<LogPage> {
  const { limit, query } = page;
  if (!Number.isInteger(limit) || limit < 1 || limit > LOG_PAGE_LIMIT) {
    throw new RangeError(`a page holds 1 to ${LOG_PAGE_LIMIT} events, asked for ${limit}`);
  }
  const read = query === undefined ? readAll : readMatching;
  const first = await read(run, { ...page, limit: Math.min(limit, PAGE_EVENTS) });
  if (limit <= PAGE_EVENTS || first.events.length < PAGE_EVENTS) return first;
  const rest = await readLog(run, { ...page, after: first.scannedTo, limit: limit - PAGE_EVENTS });
  return { events: [...first.events, ...rest.events], scannedTo: rest.scannedTo };
}

/** Positions have no gaps, so a row that is missing was taken away. */
async function readAll(run: RunRead, { after, limit }: LogPageRequest): Promise<LogPage> {
  const upTo = after + BigInt(limit);
  const asked = [after.toString(), upTo.toString()];
  const rows = await run<readonly [Recorded]>(READ_LOG, asked, createLineDecoder());
  const events = rows.map(([event]) => event);
  let expected = after;
  for (const { position } of events) {
    expected += 1n;
    if (position === expected) continue;
    throw new Fault('LOG_CORRUPT', 'the log has a gap', {
      facts: { position: expected.toString(), found: position.toString() },
    });
  }
  return { events, scannedTo: events.at(-1)?.position ?? after };
}

async function readMatching(
  run: RunRead,
  { after, limit, query = [] }: LogPageRequest,
): Promise<LogPage> {
  const { sql, values, window } = buildLogQuery(query, { after, limit });
  const rows = await run<FactAndEvent>(sql, values, createLineDecoder());
  const head = BigInt(rows[0]?.[0] ?? 0);
  const events = eventsOf(rows);
  const last = events.at(-1);
  if (last !== undefined && events.length === limit) return { events, scannedTo: last.position };
  const scannedTo = window === undefined || window > head ? head : window;
  return { events, scannedTo: scannedTo > after ? scannedTo : after };
}
