import { crc32 } from 'node:zlib';
import { type Cause, Fault, type JsonObject, type Recorded, type StreamName } from '@tidemark/core';

/** Columns of an event as they are read, with the name that its stream id stands for. */
export type EventRow = readonly [
  pos: number,
  stream: string | null,
  revision: number,
  type: string,
  schema: number,
  id: string,
  recordedMs: number,
  data: string,
  meta: string,
  crc: number,
];

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

/** Characters parsed at once: fewer calls for small events, bounded memory for large ones. */
const PARSE_CHARACTERS = 1_048_576;

/** The checksum of a row: CRC-32 over all its columns. None of them holds a NUL, so it separates them. */
export function checksumOf(row: EventRow): number {
  const [pos, stream, revision, type, schema, id, recordedMs, data, meta] = row;
  return crc32(
    `${pos}\0${stream}\0${revision}\0${type}\0${schema}\0${id}\0${recordedMs}\0${data}\0${meta}`,
  );
}

/** Refuses a row that is not as it was written. @throws LOG_CORRUPT. */
export function assertIntact(row: EventRow): void {
  if (checksumOf(row) === row[9]) return;
  throw new Fault('LOG_CORRUPT', `the event at position ${row[0]} does not match its checksum`, {
    facts: { position: String(row[0]), stream: row[1] },
  });
}

/** Events of rows that are known to be intact. */
export function decodeRows(rows: readonly EventRow[]): readonly Recorded[] {
  const events: Recorded[] = [];
  const timeOf = createTimeText();
  for (let from = 0; from < rows.length; ) {
    const upTo = endOfParse(rows, from);
    const parsed = parseTogether(rows, from, upTo);
    for (let place = from; place < upTo; place += 1) {
      const row = rows[place] as EventRow;
      const at = (place - from) * 2;
      events.push(toRecorded(row, [parsed[at], parsed[at + 1]] as Parsed, timeOf(row[6])));
    }
    from = upTo;
  }
  return events;
}

type Parsed = readonly [data: JsonObject, meta: EventMeta];

function endOfParse(rows: readonly EventRow[], from: number): number {
  let characters = 0;
  let end = from;
  while (end < rows.length && characters < PARSE_CHARACTERS) {
    const row = rows[end] as EventRow;
    characters += row[7].length + row[8].length;
    end += 1;
  }
  return end;
}

/** Data and meta of all rows in one array: one call of the parser is cheaper than two for each row. */
function parseTogether(rows: readonly EventRow[], from: number, upTo: number): readonly unknown[] {
  let text = '[';
  for (let place = from; place < upTo; place += 1) {
    const row = rows[place] as EventRow;
    text += place === from ? `${row[7]},${row[8]}` : `,${row[7]},${row[8]}`;
  }
  return JSON.parse(`${text}]`) as readonly unknown[];
}

function toRecorded(row: EventRow, [data, meta]: Parsed, recordedAt: string): Recorded {
  const [pos, stream, revision, type, schema, id] = row;
  const recorded = {
    id,
    stream: stream as StreamName,
    type,
    schema,
    data,
    cause: meta.cause,
    revision,
    position: BigInt(pos),
    recordedAt,
  };
  return meta.tags === undefined ? recorded : { ...recorded, tags: meta.tags };
}

/** Events of one batch share their time, so the last text is kept. */
function createTimeText(): (ms: number) => string {
  let lastMs = Number.NaN;
  let text = '';
  return (ms) => {
    if (ms !== lastMs) {
      lastMs = ms;
      text = new Date(ms).toISOString();
    }
    return text;
  };
}
