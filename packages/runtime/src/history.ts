import {
  type Codec,
  type EventReader,
  type JsonObject,
  type KeyRing,
  type Keys,
  type Message,
  type Opened,
  openSealed,
  type Recorded,
  type StreamName,
  subjectsIn,
} from '@tidemark/core';
import { ringFor } from './stream-folds.ts';

export interface HistoryPage {
  readonly items: readonly {
    readonly recorded: Recorded;
    readonly type: string;
    readonly data: JsonObject;
  }[];
  /** Revision to continue from; absent on the last page. */
  readonly nextRevision?: number;
}

/**
 * One page of a stream's events, oldest first, lifted to today's shapes and opened; what was erased is
 * `ERASED`. `from` is the first revision wanted, `limit` at least 1. A stream that does not exist is an
 * empty page. @throws as the codec's `decode`.
 *
 * @example
 * const page = await readHistory({ store, keys, codec }, { stream: 'flight-7f3c', from: 0, limit: 50 });
 */
export async function readHistory<Event extends Message>(
  parts: { readonly store: EventReader; readonly keys: Keys; readonly codec: Codec<Event> },
  page: { readonly stream: StreamName; readonly from: number; readonly limit: number },
): Promise<HistoryPage> {
  const { stream, from, limit } = page;
  const found: Recorded[] = [];
  // One more than asked for tells whether there is a next page.
  for await (const some of parts.store.readStream(stream, { from, upTo: from + limit })) {
    found.push(...some);
  }
  const shown = found.slice(0, limit);
  const ring = await ringFor(parts.keys, shown);
  const items = shown.map((recorded) => {
    const { type, data } = parts.codec.decode(recorded, ring);
    return { recorded, type, data: data as JsonObject };
  });
  return found.length > limit ? { items, nextRevision: from + limit } : { items };
}

/**
 * Opens all sealed values inside some rows, fetching each key once; what was erased is `ERASED`.
 *
 * @example
 * const rows = await openPersonal(keys, (await passengers.find(request)).items);
 */
export async function openPersonal<Data>(keys: Keys, data: Data): Promise<Opened<Data>> {
  const subjects = subjectsIn(data);
  const ring: KeyRing = subjects.size === 0 ? new Map() : await keys.fetch([...subjects]);
  return openSealed(data, ring);
}
