import type { AppendRequest, Condition, NewEvent, StreamName } from '@tidemark/core';
import { newEvent } from './event-builders.ts';
import type { RecordedStore } from './history-checker-calls.ts';
import type { Random } from './store-model-random.ts';

/** One of several clients that get into each other's way. */
export interface RandomClient {
  /** Part of its event and command ids; no other client has it. */
  readonly name: string;
  readonly store: RecordedStore;
  readonly random: Random;
  /** Appends that it asks for; reads come between them. */
  readonly appends: number;
}

const STREAMS: readonly StreamName[] = ['door-1', 'door-2', 'door-3', 'gate-1', 'gate-2'];
const SEATS = ['seat:1', 'seat:2', 'seat:3', 'seat:4', 'seat:5', 'seat:6', 'seat:7', 'seat:8'];

/**
 * Appends over one stream and several, with conditions on streams and on queries that were true when read, repeated
 * command ids, and reads of all kinds between them. Streams and tags are few, so that clients meet.
 *
 * @example
 * await actRandomly({ name: 'a', store: recordCalls(store, calls), random: createRandom(1), appends: 100 });
 */
export async function actRandomly({ name, store, random, appends }: RandomClient): Promise<void> {
  let last: AppendRequest | undefined;
  for (let n = 0; n < appends; n += 1) {
    const request = await compose({ name, store, random, n });
    await store.append(last !== undefined && random.chance(0.1) ? last : request);
    last = request.commandId === undefined ? last : request;
    if (random.chance(0.1)) await store.head();
    if (random.chance(0.1)) await store.readStream(random.pick(STREAMS), { from: n });
  }
}

interface Composing extends Omit<RandomClient, 'appends'> {
  readonly n: number;
}

async function compose({ name, store, random, n }: Composing): Promise<AppendRequest> {
  const tags = random.some(SEATS, 2);
  const streams = random.chance(0.2) ? random.some(STREAMS, 3) : [];
  const written = streams.length === 0 ? [random.pick(STREAMS)] : streams;
  const events: readonly NewEvent[] = written.map((stream, place) =>
    newEvent(stream, { id: `${name}-${n}-${place}`, tags, data: { n } }),
  );
  const conditions = await conditionsOf({ store, random }, written, tags);
  const command = random.chance(0.6) ? { commandId: `${name}-${n}` } : {};
  return { events, conditions, ...command };
}

/** Read just now, so that they hold unless somebody comes first. */
async function conditionsOf(
  { store, random }: Pick<RandomClient, 'store' | 'random'>,
  streams: readonly StreamName[],
  tags: readonly string[],
): Promise<readonly Condition[]> {
  const kind = random.whole(0, 3);
  if (kind === 0) {
    const after = await store.head();
    return [{ nothingMatches: tags.map((tag) => ({ tags: [tag] })), after }];
  }
  if (kind === 1) {
    const stream = random.chance(0.3) ? random.pick(STREAMS) : (streams[0] as StreamName);
    const { seen } = await store.readStream(stream);
    return [{ stream, revision: seen.at(-1)?.revision ?? 'none' }];
  }
  return [];
}
