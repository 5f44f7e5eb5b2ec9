import {
  type Codec,
  type EventReader,
  Fault,
  type Keys,
  type Message,
  type StreamName,
} from '@tidemark/core';
import { readHistory } from '@tidemark/runtime';
import type { Answer } from './answer.ts';
import { notFound } from './problems.ts';

/**
 * A page of an entity's events, oldest first, lifted to today's shapes, personal values opened; also after the
 * entity is gone. The cursor is the next revision. 404 when nothing was ever recorded.
 *
 * @throws CURSOR_INVALID when the cursor is no revision.
 * @example
 * return historyAnswer({ store, keys, codec }, { what: 'flight', stream: `flight-${id}` }, query);
 */
export async function historyAnswer<Event extends Message>(
  parts: { readonly store: EventReader; readonly keys: Keys; readonly codec: Codec<Event> },
  entity: { readonly what: string; readonly stream: StreamName },
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const from = readCursor(query.cursor);
  const page = { stream: entity.stream, from, limit: query.limit };
  const { items, nextRevision } = await readHistory(parts, page);
  if (items.length === 0 && from === 0) return notFound(entity.what);
  const next = nextRevision === undefined ? {} : { next: String(nextRevision) };
  return { status: 200, body: { items: items.map(toBody), ...next } };
}

function readCursor(cursor = '0'): number {
  if (/^(0|[1-9][0-9]{0,14})$/.test(cursor)) return Number(cursor);
  throw new Fault('CURSOR_INVALID', 'the cursor of a history is a revision');
}

type Item = Awaited<ReturnType<typeof readHistory>>['items'][number];

function toBody({ recorded, type, data }: Item): object {
  const { id, revision, position, recordedAt, cause } = recorded;
  const { actor, correlationId } = cause;
  return { id, type, revision, position: String(position), recordedAt, actor, correlationId, data };
}
