import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type {
  Codec,
  EventReader,
  Logger,
  Message,
  Snapshot,
  Snapshots,
  StreamName,
  View,
} from '@tidemark/core';
import { describeError } from './describe-error.ts';
import type { FoldedStream } from './state-cache.ts';

const EVERY = 200;
const CHECK_ONE_IN = 1_000;
const CODE_LENGTH = 32;
const NO_SUBJECTS: ReadonlySet<string> = new Set();

/** Where snapshots of streams are kept, and how often they are made and doubted. */
export interface SnapshotOptions {
  readonly store: Snapshots;
  readonly log: Logger;
  /** Events behind the last snapshot before the next is made. Default 200. */
  readonly every?: number;
  /** One snapshot in so many is compared with its stream, folded from the beginning. Default 1,000. */
  readonly checkOneIn?: number;
  /** From 0 to below 1; chooses the snapshots that are compared. */
  readonly random?: () => number;
}

/** Snapshots of folded streams: a shortcut that is taken only where it is known to lead to the same place. */
export interface StreamSnapshots<State> {
  /** The stream as a snapshot has it; `undefined` when there is none that fits. */
  readonly find: (stream: StreamName) => Promise<FoldedStream<State> | undefined>;
  /** Begins to keep the state when the last snapshot is far enough behind; answers whether. Never throws. */
  readonly keep: (stream: StreamName, folded: FoldedStream<State>, lastEventId: string) => boolean;
}

interface Parts<State, Event extends Message> {
  readonly options: SnapshotOptions;
  readonly store: Pick<EventReader, 'readStream'>;
  readonly codec: Pick<Codec<Event>, 'schemas'>;
  readonly view: View<State, Event>;
  /** Folds a stream from its beginning up to a revision. */
  readonly refold: (stream: StreamName, revision: number) => Promise<FoldedStream<State>>;
}

/**
 * Snapshots found under another `evolve`, another initial state or other schemas are not looked at: their code is
 * part of the key. What `evolve` calls is not part of its text, therefore one in many is compared. A state that
 * was made from opened personal data is never kept.
 */
export function createStreamSnapshots<State, Event extends Message>(
  parts: Parts<State, Event>,
): StreamSnapshots<State> {
  const { options, store, refold } = parts;
  const { store: snapshots, log } = options;
  const { every = EVERY, checkOneIn = CHECK_ONE_IN, random = Math.random } = options;
  const code = codeOf(parts, log);
  const keyOf = (stream: StreamName): string => `${code}/${stream}`;
  const drop = async (stream: StreamName, why: string): Promise<undefined> => {
    log.error(why, { stream });
    await quietly(() => snapshots.drop(keyOf(stream)), log);
  };

  return {
    find: async (stream) => {
      if (code === undefined) return undefined;
      const key = keyOf(stream);
      const found = await quietly(() => snapshots.load(key), log);
      if (found === undefined) return undefined;
      if (found.digest !== digestOf(key, found)) return drop(stream, 'snapshot is damaged');
      if (!(await isAnchored(store, stream, found))) {
        return drop(stream, 'snapshot is of another stream');
      }
      const { revision, position } = found;
      const state = JSON.parse(found.state) as State;
      if (random() * checkOneIn < 1) {
        const refolded = await refold(stream, revision);
        if (!isDeepStrictEqual(refolded.state, state)) {
          await drop(stream, 'snapshot differs from its stream');
          return refolded;
        }
      }
      return { state, revision, position, subjects: NO_SUBJECTS, snapshotAt: revision };
    },
    keep: (stream, folded, lastEventId) => {
      const behind = folded.revision - (folded.snapshotAt ?? -1);
      if (code === undefined || folded.subjects.size > 0 || behind < every) return false;
      // After the answer: a large state takes its time to become JSON.
      setImmediate(() =>
        quietly(() => save(snapshots, keyOf(stream), { folded, lastEventId }), log),
      );
      return true;
    },
  };
}

/** A hash over what the state depends on beside the events; `undefined` when that cannot be seen, and says so. */
function codeOf<State, Event extends Message>(
  { view, codec }: Pick<Parts<State, Event>, 'view' | 'codec'>,
  log: Logger,
): string | undefined {
  const evolve = view.evolve.toString();
  if (evolve.includes('[native code]')) {
    log.warn('evolve hides its code (is it bound?), so there are no snapshots');
    return undefined;
  }
  const schemas = Object.entries(codec.schemas).sort(([one], [other]) => (one < other ? -1 : 1));
  try {
    const text = JSON.stringify([evolve, view.initialState, schemas]);
    return createHash('sha256').update(text).digest('hex').slice(0, CODE_LENGTH);
  } catch (error) {
    const why = { error: describeError(error) };
    log.warn('JSON cannot hold the initial state, so there are no snapshots', why);
    return undefined;
  }
}

/** Saves a state that JSON holds without loss. @throws TypeError for any other. */
async function save<State>(
  snapshots: Snapshots,
  key: string,
  { folded, lastEventId }: { readonly folded: FoldedStream<State>; readonly lastEventId: string },
): Promise<void> {
  const { revision, position } = folded;
  const state = JSON.stringify(folded.state);
  if (state === undefined || !isDeepStrictEqual(JSON.parse(state), folded.state)) {
    throw new TypeError(`${key}: JSON cannot hold this state, so it has no snapshots`);
  }
  const unsigned = { revision, position, eventId: lastEventId, state };
  await snapshots.save(key, { ...unsigned, digest: digestOf(key, unsigned) });
}

function digestOf(key: string, snapshot: Omit<Snapshot, 'digest'>): string {
  const { revision, position, eventId, state } = snapshot;
  const text = JSON.stringify([key, revision, String(position), eventId, state]);
  return createHash('sha256').update(text).digest('hex');
}

/** A log that was restored to an earlier time may have gone on otherwise since the snapshot was made. */
async function isAnchored(
  store: Pick<EventReader, 'readStream'>,
  stream: StreamName,
  { revision, position, eventId }: Snapshot,
): Promise<boolean> {
  for await (const page of store.readStream(stream, { from: revision, upTo: revision })) {
    for (const recorded of page) {
      return recorded.id === eventId && recorded.position === position;
    }
  }
  return false;
}

/** Snapshots only save work: what goes wrong with them is said and changes nothing. */
async function quietly<Result>(
  work: () => Promise<Result>,
  log: Logger,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    log.warn('snapshots do not work', { error: describeError(error) });
    return undefined;
  }
}
