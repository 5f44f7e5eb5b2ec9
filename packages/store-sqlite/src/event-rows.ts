import { crc32 } from 'node:zlib';
import {
  type Cause,
  Fault,
  type JsonObject,
  keepLast,
  type Recorded,
  type StreamName,
} from '@tidemark/core';

/** An event as it is kept. */
export type EventRow = readonly [
  pos: number,
  stream: string,
  revision: number,
  type: string,
  schema: number,
  id: string,
  recordedMs: number,
  data: string,
  meta: string,
];

/** A row as it is read: all columns as one text, and its checksum. One text is read faster than nine columns. */
export type EventText = readonly [text: string, crc: number];

/** Many rows as one text, a line each, with the checksum behind the last column; null when there is none. */
export type EventLines = readonly [lines: string | null];

/**
 * Unit separator. No column holds a control character: names may not, and JSON escapes them. It stands in statements as it
 * is, because SQLite would call `char(31)` at the beginning of each, also of one that finds nothing.
 */
const SEPARATOR = '\x1f';
const LINE_BREAK = '\n';
const ZERO = 48;

const COLUMNS = ['pos', 'stream', 'revision', 'type', 'schema', 'id', 'recorded_ms', 'data', 'meta']
  .map((column) => `e.${column}`)
  .join();
/** What a SELECT from `events e` asks for, to answer `EventText`. A column that has become NULL is left out. */
export const EVENT_TEXT = `concat_ws('${SEPARATOR}', ${COLUMNS}), e.crc`;

/**
 * A SELECT that answers `EventLines`, in the order of what it selects `from`, which reads `events e`. It takes half as
 * long as rows. What is cut out of a text keeps all of it in memory, so it is for readers that go on and keep nothing.
 */
export const selectEventLines = (from: string) => `SELECT group_concat(line, '${LINE_BREAK}')
  FROM (SELECT concat_ws('${SEPARATOR}', ${COLUMNS}, e.crc) AS line ${from})`;

/** What the column `meta` holds as JSON. */
export interface EventMeta {
  readonly cause: Cause;
  readonly tags?: readonly string[];
  /** With the first event of a command that was given an id. */
  readonly command?: CommandMark;
}

/** A command's id, how many events it wrote, and what its request was. */
export interface CommandMark {
  readonly id: string;
  readonly events: number;
  readonly fingerprint?: string;
}

/** The checksum of a row: CRC-32 over the text of all its columns. */
export function checksumOf(row: EventRow): number {
  const [pos, stream, revision, type, schema, id, recordedMs, data, meta] = row;
  // Written out, because it is cheaper than joining an array, and each event that is written needs it.
  const place = `${pos}${SEPARATOR}${stream}${SEPARATOR}${revision}`;
  const kind = `${type}${SEPARATOR}${schema}${SEPARATOR}${id}${SEPARATOR}${recordedMs}`;
  return crc32(`${place}${SEPARATOR}${kind}${SEPARATOR}${data}${SEPARATOR}${meta}`);
}

/** The columns of a row that is as it was written. @throws LOG_CORRUPT. */
export function intactRow([text, crc]: EventText): EventRow {
  const row = split(text, 0, text.length);
  if (crc32(text) !== crc) throw damaged(row);
  return row;
}

/** The rows of the first lines, at most so many, that are as they were written. @throws LOG_CORRUPT. */
export function intactRows([lines]: EventLines, limit: number): readonly EventRow[] {
  const rows: EventRow[] = [];
  if (lines === null) return rows;
  for (let start = 0; start <= lines.length && rows.length < limit; ) {
    const lineBreak = lines.indexOf(LINE_BREAK, start);
    const end = lineBreak === -1 ? lines.length : lineBreak;
    const afterMeta = lines.lastIndexOf(SEPARATOR, end);
    const row = split(lines, start, afterMeta);
    const crc = digits(lines, afterMeta + 1, end);
    if (afterMeta <= start || crc32(lines.slice(start, afterMeta)) !== crc) throw damaged(row);
    rows.push(row);
    start = end + 1;
  }
  return rows;
}

function damaged([pos, stream]: EventRow): Fault {
  return new Fault('LOG_CORRUPT', `the event at position ${pos} does not match its checksum`, {
    facts: { position: String(pos), stream },
  });
}

/** On the path of every event that is read, so it makes nothing but the columns. */
function split(text: string, start: number, end: number): EventRow {
  const afterPos = text.indexOf(SEPARATOR, start);
  const afterStream = text.indexOf(SEPARATOR, afterPos + 1);
  const afterRevision = text.indexOf(SEPARATOR, afterStream + 1);
  const afterType = text.indexOf(SEPARATOR, afterRevision + 1);
  const afterSchema = text.indexOf(SEPARATOR, afterType + 1);
  const afterId = text.indexOf(SEPARATOR, afterSchema + 1);
  const afterTime = text.indexOf(SEPARATOR, afterId + 1);
  const afterData = text.indexOf(SEPARATOR, afterTime + 1);
  return [
    digits(text, start, afterPos),
    text.slice(afterPos + 1, afterStream),
    digits(text, afterStream + 1, afterRevision),
    text.slice(afterRevision + 1, afterType),
    digits(text, afterType + 1, afterSchema),
    text.slice(afterSchema + 1, afterId),
    digits(text, afterId + 1, afterTime),
    text.slice(afterTime + 1, afterData),
    text.slice(afterData + 1, end),
  ];
}

/** A whole number of an intact text, which is not below 0. Cheaper than `Number` of a text cut out for it. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = 10 * value + text.charCodeAt(at) - ZERO;
  return value;
}

/** Events of rows that are known to be intact. */
export function decodeRows(rows: readonly EventRow[]): readonly Recorded[] {
  // Events of one batch share their time, and those of one append mostly their meta.
  const timeOf = keepLast((ms: number) => new Date(ms).toISOString());
  const metaOf = keepLast((meta: string) => JSON.parse(meta) as EventMeta);
  return rows.map((row) => toRecorded(row, metaOf(row[8]), timeOf(row[6])));
}

function toRecorded(row: EventRow, meta: EventMeta, recordedAt: string): Recorded {
  const [pos, stream, revision, type, schema, id, , data] = row;
  const recorded = {
    id,
    stream: stream as StreamName,
    type,
    schema,
    data: JSON.parse(data) as JsonObject,
    cause: meta.cause,
    revision,
    position: BigInt(pos),
    recordedAt,
  };
  return meta.tags === undefined ? recorded : { tags: meta.tags, ...recorded };
}
