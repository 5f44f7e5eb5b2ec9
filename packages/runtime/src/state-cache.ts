import { createLastUsed } from './last-used.ts';

/** A stream folded up to a revision. Never changed, only replaced. */
export interface FoldedStream<State> {
  readonly state: State;
  /** Last revision folded in; -1 for none. */
  readonly revision: number;
  /** Position of that event; `0n` for none. */
  readonly position: bigint;
  /** Data subjects whose values were opened into the state. */
  readonly subjects: ReadonlySet<string>;
  /** Revision of its last snapshot; absent for none. */
  readonly snapshotAt?: number;
}

/** The revision as conditions name it. */
export function lastRevisionOf(folded: { readonly revision: number }): number | 'none' {
  return folded.revision === -1 ? 'none' : folded.revision;
}

/** Folded states, the ones used last. */
export interface StateCache<State> {
  readonly get: (stream: string) => FoldedStream<State> | undefined;
  /** Keeps the newer of what it has and what it is given: loads may end in another order than they began. */
  readonly put: (stream: string, folded: FoldedStream<State>) => void;
  readonly drop: (stream: string) => void;
}

/** An empty cache that forgets the state used longest ago when it would hold more than `capacity`. */
export function createStateCache<State>(capacity: number): StateCache<State> {
  const states = createLastUsed<FoldedStream<State>>(capacity);

  return {
    get: states.get,
    put: (stream, folded) => {
      const present = states.peek(stream);
      if (present === undefined || present.revision <= folded.revision) states.set(stream, folded);
    },
    drop: states.drop,
  };
}
