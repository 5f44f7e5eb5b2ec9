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

/**
 * All columns of an event `e` as one text, which is read faster than eleven. `name` is an expression for the stream's
 * name. Rows, and not a page as one text: they are parsed while the server makes the next ones.
 */
export function lineOf(name: string): string {
  const place = 'e.position, e.revision, e.recorded_at_ms, e.crc';
  // Tags are null where there are none, and nulls are left out, so they stand last.
  return `concat_ws(chr(31), ${place}, ${name}, e.type, e.schema, e.id, e.data, e.meta, e.tags)`;
}

/**
 * Makes what checks and parses the lines of one answer, in their order.
 * @throws LOG_CORRUPT when a row does not match its checksum.
 */
export function createLineDecoder(): (line: string) => Recorded {
  // Events of one batch share their time, and those of one append mostly their cause.
  const timeOf = keepLast((ms: number) => new Date(ms).toISOString());
  const causeOf = keepLast((meta: string) => JSON.parse(meta) as Cause);
  return (line) => decodeLine(line, timeOf, causeOf);
}

/** On the path of every event that is read, so it makes nothing but the columns. */
function decodeLine(
  line: string,
  timeOf: (ms: number) => string,
  causeOf: (meta: string) => Cause,
): Recorded {
  const afterPosition = line.indexOf(SEPARATOR);
  const afterRevision = line.indexOf(SEPARATOR, afterPosition + 1);
  const afterTime = line.indexOf(SEPARATOR, afterRevision + 1);
  const afterCrc = line.indexOf(SEPARATOR, afterTime + 1);
  const afterStream = line.indexOf(SEPARATOR, afterCrc + 1);
  const afterType = line.indexOf(SEPARATOR, afterStream + 1);
  const afterSchema = line.indexOf(SEPARATOR, afterType + 1);
  const afterId = line.indexOf(SEPARATOR, afterSchema + 1);
  const afterData = line.indexOf(SEPARATOR, afterId + 1);
  const afterMeta = line.indexOf(SEPARATOR, afterData + 1);
  const positionText = line.slice(0, afterPosition);
  const revision = Number(line.slice(afterPosition + 1, afterRevision));
  const recordedAtMs = Number(line.slice(afterRevision + 1, afterTime));
  const crc = Number(line.slice(afterTime + 1, afterCrc));
  const stream = line.slice(afterCrc + 1, afterStream) as StreamName;
  const type = line.slice(afterStream + 1, afterType);
  const schema = Number(line.slice(afterType + 1, afterSchema));
  const id = line.slice(afterSchema + 1, afterId);
  const data = line.slice(afterId + 1, afterData);
  const meta = afterMeta === -1 ? line.slice(afterData + 1) : line.slice(afterData + 1, afterMeta);
  const tags = afterMeta === -1 ? '' : line.slice(afterMeta + 1);
  const contents = checksumContents({ stream, type, schema, id, data, meta, tags });
  const place = { position: Number(positionText), revision, recordedAtMs };
  if (mixInPlace(contents, place) !== crc) {
    throw new Fault('LOG_CORRUPT', 'a row does not match its checksum', {
      facts: { stream, position: positionText, revision },
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
    position: BigInt(positionText),
    recordedAt: timeOf(recordedAtMs),
  };
  return tags === '' ? recorded : { ...recorded, tags: JSON.parse(tags) as readonly string[] };
}
