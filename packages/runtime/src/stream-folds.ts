import { setImmediate as ownCallback } from 'node:timers/promises';
import {
  type Codec,
  type EventReader,
  type KeyRing,
  type Keys,
  type Message,
  type Recorded,
  type StreamName,
  subjectsIn,
  type View,
} from '@tidemark/core';
import { createStateCache, type FoldedStream } from './state-cache.ts';
import { createStreamSnapshots, type SnapshotOptions } from './stream-snapshots.ts';

/** Streams folded to states: cached, and topped up with what was written since. */
export interface StreamFolds<State> {
  /** A stream that holds nothing. */
  readonly unwritten: FoldedStream<State>;
  /** The stream as it was when this process saw it last; others may have written since. `undefined` when not cached. */
  readonly known: (stream: StreamName) => Promise<FoldedStream<State> | undefined>;
  /** The stream as it is now: what was cached, topped up from the tail of the stream. */
  readonly load: (stream: StreamName) => Promise<FoldedStream<State>>;
  /** The stream as it was when `revision` was its last. */
  readonly loadAt: (stream: StreamName, revision: number) => Promise<FoldedStream<State>>;
  /** Keeps a state that follows from one that `load` answered; also as a snapshot when the id of its last event is given. */
  readonly remember: (
    stream: StreamName,
    folded: FoldedStream<State>,
    lastEventId?: string,
  ) => void;
}

const NO_KEYS: KeyRing = new Map();
const NO_SUBJECTS: ReadonlySet<string> = new Set();

/** Starts with an empty cache of `cacheSize` states. */
export function createStreamFolds<State, Event extends Message>(parts: {
  readonly store: Pick<EventReader, 'readStream'>;
  readonly keys: Keys;
  readonly codec: Codec<Event>;
  readonly view: View<State, Event>;
  readonly cacheSize: number;
  readonly snapshots?: SnapshotOptions;
}): StreamFolds<State> {
  const { store, keys, codec, view } = parts;
  const cache = createStateCache<State>(parts.cacheSize);
  const unwritten: FoldedStream<State> = {
    state: view.initialState,
    revision: -1,
    position: 0n,
    subjects: NO_SUBJECTS,
  };

  const foldPage = async (from: FoldedStream<State>, page: readonly Recorded[]) => {
    const ring = await ringFor(keys, page);
    let { state, revision, position } = from;
    for (const recorded of page) {
      // Where nothing is sealed, there is nothing to look for and open.
      const event = ring === NO_KEYS ? codec.decodeSealed(recorded) : codec.decode(recorded, ring);
      state = view.evolve(state, event as Event);
      ({ revision, position } = recorded);
    }
    const subjects = ring.size === 0 ? from.subjects : new Set([...from.subjects, ...ring.keys()]);
    return { ...from, state, revision, position, subjects };
  };
  const foldFrom = async (start: FoldedStream<State>, stream: StreamName, upTo?: number) => {
    let folded = start;
    const range = { from: start.revision + 1, ...(upTo === undefined ? {} : { upTo }) };
    for await (const page of store.readStream(stream, range)) folded = await foldPage(folded, page);
    return folded;
  };
  /** A state that still shows a subject who was erased in the meantime is not an answer. */
  const cached = async (stream: StreamName) => {
    const found = cache.get(stream);
    if (found === undefined || found.subjects.size === 0) return found;
    const ring = await keys.fetch([...found.subjects]);
    if ([...found.subjects].every((subject) => ring.has(subject))) return found;
    cache.drop(stream);
    return undefined;
  };

  const loadAt = (stream: StreamName, revision: number) => foldFrom(unwritten, stream, revision);
  const snapshots =
    parts.snapshots &&
    createStreamSnapshots({ options: parts.snapshots, store, codec, view, refold: loadAt });

  let replaying = 0;
  const replay = async (stream: StreamName) => {
    // Side by side, all who replay a stream would hold their events at the same time, and the collector would copy
    // them; in a callback of its own, each is done with them before the next one reads.
    if (replaying > 0) await ownCallback();
    replaying += 1;
    try {
      return await foldFrom((await snapshots?.find(stream)) ?? unwritten, stream);
    } finally {
      replaying -= 1;
    }
  };

  return {
    unwritten,
    known: cached,
    load: async (stream) => {
      const known = await cached(stream);
      const folded = await (known === undefined ? replay(stream) : foldFrom(known, stream));
      if (folded !== known && folded !== unwritten) cache.put(stream, folded);
      return folded;
    },
    loadAt,
    remember: (stream, folded, lastEventId) => {
      const kept = lastEventId !== undefined && snapshots?.keep(stream, folded, lastEventId);
      cache.put(stream, kept ? { ...folded, snapshotAt: folded.revision } : folded);
    },
  };
}

/** The keys that a page needs; `NO_KEYS` itself when nothing in it is sealed, and then the key store is not asked. */
export async function ringFor(
  keys: Pick<Keys, 'fetch'>,
  page: readonly { readonly data: unknown }[],
): Promise<KeyRing> {
  const subjects = new Set<string>();
  for (const { data } of page) subjectsIn(data, subjects);
  return subjects.size === 0 ? NO_KEYS : keys.fetch([...subjects]);
}
