import type { EventEngine, EventStore, NewEvent, ReadModelEngine } from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import { createPostgresEventEngine, openPostgresReadModels } from '@tidemark/store-postgres';
import { createSqliteEventEngine, openSqliteReadModels } from '@tidemark/store-sqlite';
import type { Task } from '../harness/contestant.ts';
import { CAUSE, nextId, nextPayload, streamName, TYPE } from '../harness/payload.ts';
import type { Streams } from '../harness/streams.ts';

/** A store as a service gets it: through the coalescing writer. */
export interface OpenedStore {
  readonly engine: EventEngine;
  readonly store: EventStore;
  readonly openReadModels: () => Promise<ReadModelEngine>;
  readonly close: () => Promise<void>;
}

const FILL_EVENTS = 1_000;
const CATEGORY = 'flight';

/** PostgreSQL where the task has a database, else SQLite in its folder. */
export async function openStore({ url, schema = 'bench', folder }: Task): Promise<OpenedStore> {
  const engine =
    url === undefined
      ? await createSqliteEventEngine(`${folder}/events.db`)
      : await createPostgresEventEngine({ url, schema });
  return {
    engine,
    store: createEventStore(engine),
    openReadModels: () =>
      url === undefined
        ? openSqliteReadModels(`${folder}/events.read.db`)
        : openPostgresReadModels({ url, schema: `${schema}_read` }),
    close: engine.close,
  };
}

/** Name of a stream by its number; `part` keeps the streams of several processes apart. */
export function nameOf(stream: number, part = 0): `${string}-${string}` {
  return streamName(part === 0 ? CATEGORY : `${CATEGORY}${part}`, stream);
}

export function newEvent(stream: `${string}-${string}`, tags?: readonly string[]): NewEvent {
  const event = { id: nextId(), stream, type: TYPE, schema: 1, data: nextPayload(), cause: CAUSE };
  return tags === undefined ? event : { tags, ...event };
}

/** Two tags of one event, neither used before, and random. */
export function newTags(): readonly string[] {
  return [`seat:${nextId()}`, `passenger:${nextId()}`];
}

/** Writes events over random streams until the log has so many. */
export async function fillScattered(
  store: EventStore,
  streams: Streams,
  { events, tagged }: { readonly events: number; readonly tagged: boolean },
): Promise<void> {
  for (let left = events - Number(await store.head()); left > 0; left -= FILL_EVENTS) {
    const batch = Array.from({ length: Math.min(FILL_EVENTS, left) }, () => {
      const stream = streams.any();
      return { stream, event: newEvent(nameOf(stream), tagged ? newTags() : undefined) };
    });
    const result = await store.append({ events: batch.map(({ event }) => event), conditions: [] });
    if (result.kind !== 'appended') throw new Error('not filled');
    for (const { stream } of batch) streams.set(stream, result.revisions[nameOf(stream)] ?? -1);
  }
}

/** Gives every stream so many events, one stream after the other. */
export async function fillEach(
  store: EventStore,
  streams: Streams,
  perStream: number,
): Promise<void> {
  const together = Math.max(1, Math.floor(FILL_EVENTS / perStream));
  for (let first = 0; first < streams.count; first += together) {
    const events: NewEvent[] = [];
    for (let stream = first; stream < Math.min(streams.count, first + together); stream += 1) {
      const name = nameOf(stream);
      for (let n = 0; n < perStream; n += 1) events.push(newEvent(name));
      streams.set(stream, perStream - 1);
    }
    for (let from = 0; from < events.length; from += FILL_EVENTS) {
      const result = await store.append({
        events: events.slice(from, from + FILL_EVENTS),
        conditions: [],
      });
      if (result.kind !== 'appended') throw new Error('not filled');
    }
  }
}
