import {
  type EventReader,
  Fault,
  type LogPage,
  type LogPageRequest,
  type Recorded,
  type StreamName,
  type StreamRange,
} from '@tidemark/core';
import type pg from 'pg';
import { type ReceiptJson, toReceipt } from './batch-answers.ts';
import { inSchema } from './connection.ts';
import { decodeRow, EVENT_COLUMNS, type EventRow } from './event-rows.ts';
import { buildLogQuery } from './log-query.ts';
import { faultOf } from './postgres-faults.ts';

const STREAM_PAGE_EVENTS = 1_000;
const LOG_PAGE_LIMIT = 10_000;
const LAST_REVISION = 2_147_483_647;

const READ_STREAM = `select ${EVENT_COLUMNS} from {schema}.events e
where e.sid = (select s.sid from {schema}.streams s where s.name = $1)
  and e.revision >= $2 and e.revision <= $3
order by e.revision limit $4`;
const READ_LOG = `select ${EVENT_COLUMNS}, s.name
from {schema}.events e join {schema}.streams s on s.sid = e.sid
where e.position > $1 and e.position <= $2 order by e.position`;
const READ_HEAD = 'select position from {schema}.log_head';
const FIND_COMMAND =
  'select command_id, position, fingerprint, revisions from {schema}.receipts(array[$1])';

/** Runs one read and answers its rows as arrays of text. @throws STORE_UNAVAILABLE */
export type RunRead = <Row>(sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** Reads over a pool, each statement on whatever connection is free. */
export function createRunRead(pool: pg.Pool, schema: string): RunRead {
  return async <Row>(sql: string, values: readonly unknown[]) => {
    try {
      const text = inSchema(sql, schema);
      const { rows } = await pool.query({ text, values: [...values], rowMode: 'array' });
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

async function* readStream(
  run: RunRead,
  stream: StreamName,
  { from = 0, upTo = LAST_REVISION }: StreamRange,
): AsyncGenerator<readonly Recorded[]> {
  const last = Math.min(upTo, LAST_REVISION);
  const ask = (first: number) => {
    const page = run<EventRow>(READ_STREAM, [stream, first, last, STREAM_PAGE_EVENTS]);
    // A reader that stops early never awaits the page that was asked for ahead.
    page.catch(() => undefined);
    return page;
  };
  let next = Math.max(0, from);
  if (next > last) return;
  let coming = ask(next);
  for (;;) {
    const rows = await coming;
    const full = rows.length === STREAM_PAGE_EVENTS;
    const first = next;
    next += rows.length;
    // The server reads the next page while this one is parsed and handled.
    if (full) coming = ask(next);
    if (rows.length > 0) yield rows.map((row, index) => placed(row, stream, first + index));
    if (!full) return;
  }
}

function placed(row: EventRow, stream: StreamName, revision: number): Recorded {
  const recorded = decodeRow(row, stream);
  if (recorded.revision === revision) return recorded;
  throw new Fault('LOG_CORRUPT', 'a stream has a gap', { facts: { stream, revision } });
}

async function readLog(run: RunRead, page: LogPageRequest): Promise<LogPage> {
  const { after, limit, query } = page;
  if (!Number.isInteger(limit) || limit < 1 || limit > LOG_PAGE_LIMIT) {
    throw new RangeError(`a page holds 1 to ${LOG_PAGE_LIMIT} events, asked for ${limit}`);
  }
  if (query !== undefined) return await readMatching(run, page, query);
  const upTo = after + BigInt(limit);
  const rows = await run<EventRow>(READ_LOG, [after.toString(), upTo.toString()]);
  const events = rows.map((row) => decodeRow(row));
  assertContiguous(events, after);
  return { events, scannedTo: events.at(-1)?.position ?? after };
}

/** Positions have no gaps, so a row that is missing was taken away. */
function assertContiguous(events: readonly Recorded[], after: bigint): void {
  const last = events.at(-1);
  if (last === undefined || last.position === after + BigInt(events.length)) return;
  throw new Fault('LOG_CORRUPT', 'the log has a gap', {
    facts: { after: after.toString(), found: events.length, last: last.position.toString() },
  });
}

async function readMatching(
  run: RunRead,
  { after, limit }: LogPageRequest,
  query: NonNullable<LogPageRequest['query']>,
): Promise<LogPage> {
  // Asked for first: what is committed behind it is looked at next time.
  const head = await readHead(run);
  if (head <= after) return { events: [], scannedTo: after };
  if (query.length === 0) return { events: [], scannedTo: head };
  const { sql, values, scansTo } = buildLogQuery(query, { after, head, limit });
  const events = (await run<EventRow>(sql, values)).map((row) => decodeRow(row));
  const last = events.at(-1);
  const full = events.length === limit && last !== undefined;
  return { events, scannedTo: full ? last.position : scansTo };
}
