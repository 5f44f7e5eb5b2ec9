import { type EventReader, Fault, type Keys } from '@tidemark/core';
import { type Answer, notFound } from '@tidemark/http';
import { readHistory } from '@tidemark/runtime';
import { streamOf } from '../application/streams.ts';
import { passengerCodec } from '../stored.ts';

/** A page of a passenger's events, oldest first, names opened; also after removal. The cursor is the next revision. */
export async function passengerHistory(
  { store, keys }: { readonly store: EventReader; readonly keys: Keys },
  id: string,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const from = readCursor(query.cursor);
  const { items, nextRevision } = await readHistory(
    { store, keys, codec: passengerCodec },
    { stream: streamOf(id), from, limit: query.limit },
  );
  if (items.length === 0 && from === 0) return notFound('passenger');
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
