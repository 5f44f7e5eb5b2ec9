import {
  type Cause,
  Fault,
  type JsonObject,
  keepLast,
  type Recorded,
  type StreamName,
} from '@tidemark/core';
import { checksumContents, mixInPlace } from './row-checksum.ts';

/** Unit separator. No column holds a control character: names may not, and JSON escapes them. */
const SEPARATOR = '\x1f';
const LINE_BREAK = '\n';
const ZERO = 48;
const MINUS = 45;

/**
 * All columns of an event `e` as one text, which is read faster than eleven. Tags are null where there are none, and
 * nulls are left out, so they stand last. `stream_block` and `read_log` make the same line.
 */
export const LINE = `concat_ws(chr(31), e.position, e.revision, e.recorded_at_ms, e.crc, e.sid, e.schema,
  e.type, e.id, e.data, e.meta, e.tags)`;

/** The name of a stream by its number; `undefined` while it is not known. */
export type NameOf = (sid: number) => StreamName | undefined;

/**
 * Makes what checks and parses the blocks of one answer, in their order: lines, parted by line breaks. It answers
 * `undefined` for a block with an event of a stream whose name is not known.
 * @throws LOG_CORRUPT when a row does not match its checksum.
 */
export function createBlockDecoder(
  nameOf: NameOf,
): (block: string) => readonly Recorded[] | undefined {
  // Events of one batch share their time, and those of one append mostly their cause.
  const timeOf = keepLast((ms: number) => new Date(ms).toISOString());
  const causeOf = keepLast((meta: string) => JSON.parse(meta) as Cause);
  return (block) => {
    const events: Recorded[] = [];
    for (let start = 0; start < block.length; ) {
      const lineBreak = block.indexOf(LINE_BREAK, start);
      const end = lineBreak === -1 ? block.length : lineBreak;
      const event = decodeLine(block, { start, end, nameOf, timeOf, causeOf });
      if (event === undefined) return undefined;
      events.push(event);
      start = end + 1;
    }
    return events;
  };
}

/** The numbers of streams in a block. */
export function* sidsIn(block: string): Generator<number> {
  for (const line of block.split(LINE_BREAK)) yield Number(line.split(SEPARATOR, 5)[4]);
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly nameOf: NameOf;
  readonly timeOf: (ms: number) => string;
  readonly causeOf: (meta: string) => Cause;
}

/** On the path of every event that is read, so it makes nothing but the columns. */
function decodeLine(
  block: string,
  { start, end, nameOf, timeOf, causeOf }: Line,
): Recorded | undefined {
  const afterPosition = block.indexOf(SEPARATOR, start);
  const afterRevision = block.indexOf(SEPARATOR, afterPosition + 1);
  const afterTime = block.indexOf(SEPARATOR, afterRevision + 1);
  const afterCrc = block.indexOf(SEPARATOR, afterTime + 1);
  const afterSid = block.indexOf(SEPARATOR, afterCrc + 1);
  const stream = nameOf(wholeNumber(block, afterCrc + 1, afterSid));
  if (stream === undefined) return undefined;
  const afterSchema = block.indexOf(SEPARATOR, afterSid + 1);
  const afterType = block.indexOf(SEPARATOR, afterSchema + 1);
  const afterId = block.indexOf(SEPARATOR, afterType + 1);
  const afterData = block.indexOf(SEPARATOR, afterId + 1);
  const found = block.indexOf(SEPARATOR, afterData + 1);
  const afterMeta = found === -1 || found > end ? end : found;
  const position = wholeNumber(block, start, afterPosition);
  const revision = wholeNumber(block, afterPosition + 1, afterRevision);
  const recordedAtMs = wholeNumber(block, afterRevision + 1, afterTime);
  const crc = wholeNumber(block, afterTime + 1, afterCrc);
  const schema = wholeNumber(block, afterSid + 1, afterSchema);
  const type = block.slice(afterSchema + 1, afterType);
  const id = block.slice(afterType + 1, afterId);
  const data = block.slice(afterId + 1, afterData);
  const meta = block.slice(afterData + 1, afterMeta);
  const tags = block.slice(afterMeta + 1, end);
  const contents = checksumContents({ stream, type, schema, id, data, meta, tags });
  if (mixInPlace(contents, { position, revision, recordedAtMs }) !== crc) {
    throw new Fault('LOG_CORRUPT', 'a row does not match its checksum', {
      facts: { stream, position: String(position), revision },
    });
  }
  const recorded = {
    id,
    stream,
    type,
    schema,
    data: JSON.parse(data) as JsonObject,
    cause: causeOf(meta),
    revision,
    position: BigInt(position),
    recordedAt: timeOf(recordedAtMs),
  };
  return tags === '' ? recorded : { tags: JSON.parse(tags) as readonly string[], ...recorded };
}

/** A whole number as PostgreSQL writes it. Cheaper than `Number` of a text cut out for it. */
function wholeNumber(text: string, from: number, to: number): number {
  const isNegative = text.charCodeAt(from) === MINUS;
  let value = 0;
  for (let at = isNegative ? from + 1 : from; at < to; at += 1) {
    value = 10 * value + text.charCodeAt(at) - ZERO;
  }
  return isNegative ? -value : value;
}
