import type { StreamName } from '@tidemark/core';

/** A stream as it was when the log's head was the one that is known with it. */
export interface KnownStream {
  readonly sid: number;
  readonly lastRevision: number;
}

/** A head of the log: its position, and the time of the event there. */
export interface KnownHead {
  readonly position: bigint;
  readonly ms: string;
}

/** What a commit found and left. */
export interface SeenCommit {
  /** Whether nobody else had committed since what was known. */
  readonly wasKnown: boolean;
  readonly head: KnownHead;
  /** Place of each of its streams in the lists below, from 0. */
  readonly streams: ReadonlyMap<StreamName, number>;
  readonly sids: readonly number[];
  /** As they are behind it; -1 for a stream that is not there. */
  readonly lastRevisions: readonly number[];
}

/**
 * The streams that this process committed to, as it left them, so that commits need not look for them while nobody else
 * commits. The server says whether that held: what is known is a guess until then, and wrong guesses cost a look.
 */
export interface KnownStreams {
  /** `undefined` as long as nothing is known. */
  readonly head: () => KnownHead | undefined;
  readonly get: (stream: StreamName) => KnownStream | undefined;
  readonly learn: (commit: SeenCommit) => void;
}

/** Some megabytes. */
const MOST_STREAMS = 20_000;

/** Knows up to `most` streams, and forgets all when there would be more. */
export function createKnownStreams(most = MOST_STREAMS): KnownStreams {
  const known = new Map<StreamName, { readonly sid: number; lastRevision: number }>();
  let knownHead: KnownHead | undefined;
  return {
    head: () => knownHead,
    get: (stream) => known.get(stream),
    learn: ({ wasKnown, head, streams, sids, lastRevisions }) => {
      if (!wasKnown || known.size >= most) known.clear();
      for (const [name, place] of streams) {
        const lastRevision = lastRevisions[place] as number;
        if (lastRevision < 0) continue;
        const stream = known.get(name);
        // Changed in place: what is made anew with each commit and lives until the next, V8 copies again and again.
        if (stream !== undefined) stream.lastRevision = lastRevision;
        else known.set(name, { sid: sids[place] as number, lastRevision });
      }
      knownHead = head;
    },
  };
}
