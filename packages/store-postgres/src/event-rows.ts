import { type Cause, Fault, type JsonObject, type Recorded, type StreamName } from '@tidemark/core';
import { checksumContents, mixInPlace } from './row-checksum.ts';

/** Columns of an event as every read selects them, in the order of `EventRow`; the stream's name stands behind. */
export const EVENT_COLUMNS =
  'e.position, e.revision, e.recorded_at_ms, e.crc, e.type, e.schema, e.id, e.data, e.meta, e.tags';

/** A row as text, with the name of its stream. */
export type EventRow = readonly [
  position: string,
  revision: string,
  recordedAtMs: string,
  crc: string,
  type: string,
  schema: string,
  id: string,
  data: string,
  meta: string,
  tags: string | null,
  stream: StreamName,
];

/** Checks and parses a row. @throws LOG_CORRUPT when a column does not match the checksum. */
export function decodeRow(row: EventRow, stream: StreamName = row[10]): Recorded {
  const [position, revisionText, timeText, crc, type, schemaText, id, data, meta, tags] = row;
  const schema = Number(schemaText);
  const revision = Number(revisionText);
  const recordedAtMs = Number(timeText);
  const contents = checksumContents({ stream, type, schema, id, data, meta, tags: tags ?? '' });
  const place = { position: Number(position), revision, recordedAtMs };
  if (mixInPlace(contents, place) !== Number(crc)) {
    throw new Fault('LOG_CORRUPT', 'a row does not match its checksum', {
      facts: { stream, position, revision },
    });
  }
  const recorded = {
    id,
    stream,
    type,
    schema,
    data: JSON.parse(data) as JsonObject,
    cause: JSON.parse(meta) as Cause,
    revision,
    position: BigInt(position),
    recordedAt: new Date(recordedAtMs).toISOString(),
  };
  return tags === null ? recorded : { ...recorded, tags: JSON.parse(tags) as readonly string[] };
}
