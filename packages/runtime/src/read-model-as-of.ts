import {
  type Codec,
  categoryOf,
  type EventReader,
  Fault,
  type Message,
  type Query,
  type ReadModel,
  type Recorded,
  type RowEvents,
  type StreamName,
} from '@tidemark/core';
import { type Moment, positionOf } from './moment.ts';
import { placeEvent } from './place-event.ts';

const PAGE = 1_000;

/**
 * A row as it was: the events that `query` names for its key, folded anew in log order, with today's `key` and
 * `evolve`, up to a moment. `undefined` when there was no such row. The table is not looked at.
 *
 * @throws CAPABILITY_MISSING for a read model without `query`; POSITION_AHEAD for a position that the log has not come
 * to; what `evolve` throws, also where the row was parked for it.
 * @example
 * const row = await readModelAsOf({ store, codec, readModel: flights }, '7f3c', { position: 41n });
 */
export async function readModelAsOf<Event extends Message, Row extends object>(
  parts: {
    readonly store: EventReader;
    readonly codec: Codec<Event>;
    readonly readModel: ReadModel<Event, Row>;
  },
  key: string,
  moment: Moment,
): Promise<Row | undefined> {
  const { store, codec, readModel } = parts;
  if (readModel.query === undefined) {
    throw new Fault('CAPABILITY_MISSING', `${readModel.name}: nothing names the events of a row`);
  }
  const last = await positionOf(store, moment);
  let row: Row | undefined;
  for await (const recorded of eventsOf(store, readModel.query(key), last)) {
    if (!readModel.categories.includes(categoryOf(recorded.stream))) continue;
    const placed = placeEvent(codec, recorded);
    if (readModel.key(placed).includes(key)) row = readModel.evolve(row, placed, key);
  }
  return row;
}

/** In log order, up to the last position that counts. */
function eventsOf(store: EventReader, of: RowEvents, last: bigint): AsyncIterable<Recorded> {
  if ('matching' in of) return matchingEvents(store, of.matching, last);
  const streams = [...new Set(of.streams)];
  return merged(streams.map((stream) => streamEvents(store, stream, last)));
}

async function* streamEvents(
  store: EventReader,
  stream: StreamName,
  last: bigint,
): AsyncGenerator<Recorded, void> {
  for await (const page of store.readStream(stream)) {
    for (const recorded of page) {
      if (recorded.position > last) return;
      yield recorded;
    }
  }
}

async function* matchingEvents(
  store: EventReader,
  query: Query,
  last: bigint,
): AsyncGenerator<Recorded, void> {
  for (let after = 0n; after < last; ) {
    const { events, scannedTo } = await store.readLog({ after, limit: PAGE, query });
    for (const recorded of events) {
      if (recorded.position > last) return;
      yield recorded;
    }
    if (scannedTo === after) return;
    after = scannedTo;
  }
}

/** Several streams as one, by position. */
async function* merged(
  streams: readonly AsyncGenerator<Recorded, void>[],
): AsyncGenerator<Recorded, void> {
  const heads = await Promise.all(
    streams.map(async (stream) => ({ stream, next: (await stream.next()).value })),
  );
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next === undefined) continue;
      if (first?.next === undefined || head.next.position < first.next.position) first = head;
    }
    if (first?.next === undefined) return;
    yield first.next;
    first.next = (await first.stream.next()).value;
  }
}
