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
export async function actRandomly({ appends, ...client }: RandomClient): Promise<void> {
  const { name, store, random } = client;
  const read = createStreamReader(store);
  let last: AppendRequest | undefined;
  for (let n = 0; n < appends; n += 1) {
    const request = await compose({ name: `${name}-${n}`, store, random, read });
    await store.append(last !== undefined && random.chance(0.1) ? last : request);
    last = request.commandId === undefined ? last : request;
    if (random.chance(0.1)) await store.head();
    if (random.chance(0.1)) await store.readStream(random.pick(STREAMS), { from: n, upTo: n + 20 });
  }
}

/** Last revision of a stream; each read begins where the one before ended, so that long streams cost little. */
type StreamReader = (stream: StreamName) => Promise<number | 'none'>;

function createStreamReader(store: RecordedStore): StreamReader {
  const lasts = new Map<StreamName, number>();
  return async (stream) => {
    const { seen } = await store.readStream(stream, { from: lasts.get(stream) ?? 0 });
    const last = seen.at(-1)?.revision;
    if (last !== undefined) lasts.set(stream, last);
    return last ?? 'none';
  };
}

interface Composing extends Omit<RandomClient, 'appends'> {
  readonly read: StreamReader;
}

async function compose({ name, store, random, read }: Composing): Promise<AppendRequest> {
  const tags = random.some(SEATS, 2);
  const streams = random.chance(0.2) ? random.some(STREAMS, 3) : [];
  const written = streams.length === 0 ? [random.pick(STREAMS)] : streams;
  const events: readonly NewEvent[] = written.map((stream, place) =>
    newEvent(stream, { id: `${name}-${place}`, tags, data: { place } }),
  );
  const command = random.chance(0.6) ? { commandId: name } : {};
  return { events, conditions: await conditions(), ...command };

  /** Read just now, so that they hold unless somebody comes first. */
  async function conditions(): Promise<readonly Condition[]> {
    const kind = random.whole(0, 3);
    if (kind === 0) {
      const after = await store.head();
      return [{ nothingMatches: tags.map((tag) => ({ tags: [tag] })), after }];
    }
    if (kind > 1) return [];
    const stream = random.chance(0.3) ? random.pick(STREAMS) : (written[0] as StreamName);
    return [{ stream, revision: await read(stream) }];
  }
}
