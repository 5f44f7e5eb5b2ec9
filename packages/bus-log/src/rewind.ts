import type { Checkpoints, ReplayProgress } from '@tidemark/core';

/** A replay that was asked for. */
export interface ReplayWish {
  /** First position that is wanted again. */
  readonly from: bigint;
  readonly begun: (progress: ReplayProgress) => void;
}

/** How a group is made to read a service's feed again from an earlier position. */
export interface Rewind {
  /** Begins before the next page of who reads just now. */
  readonly ask: (wish: ReplayWish) => void;
  /** Takes back a wish that has not begun. */
  readonly forget: (wish: ReplayWish) => void;
  /**
   * For who reads just now, before each page: where to go on from. The checkpoint is moved by this reader and by
   * nobody else, so nothing that it is about to store undoes it; and it is stored before reading goes on, so that a
   * replay survives a crash.
   */
  readonly goOnFrom: (after: bigint) => Promise<bigint>;
  /** Awaits news; also ends when a replay is asked for. */
  readonly nap: (
    news: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Told what was handled. */
  readonly handled: (messages: number, upTo: bigint) => void;
  /** Of the last replay. */
  readonly progress: () => ReplayProgress | undefined;
}

/** For the checkpoint of that name. */
export function createRewind(
  service: string,
  name: string,
  checkpoints: () => Checkpoints,
): Rewind {
  const wishes = new Set<ReplayWish>();
  let progress: ReplayProgress | undefined;
  let wake = (): void => {};

  return {
    ask: (wish) => {
      wishes.add(wish);
      wake();
    },
    forget: (wish) => {
      wishes.delete(wish);
    },
    goOnFrom: async (after) => {
      const granted = [...wishes];
      if (granted.length === 0) return after;
      const from = granted.map((wish) => maximum(wish.from, 1n)).reduce(minimum);
      // Never forward: what lies between would be lost.
      const position = minimum(after, from - 1n);
      if (position < after) await checkpoints().save(name, position);
      const upTo = progress === undefined || progress.done ? after : maximum(after, progress.upTo);
      progress = { service, from, upTo, position, messages: 0, done: position >= upTo };
      for (const wish of granted) {
        wishes.delete(wish);
        wish.begun(progress);
      }
      return position;
    },
    nap: async (news, signal) => {
      const nap = new AbortController();
      const end = () => nap.abort();
      wake = end;
      // Not `AbortSignal.any`: the signal lives as long as the process, and would keep something of every nap.
      signal.addEventListener('abort', end);
      try {
        if (wishes.size === 0 && !signal.aborted) await news(nap.signal);
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    handled: (messages, upTo) => {
      if (progress === undefined || progress.done) return;
      const done = upTo >= progress.upTo;
      progress = { ...progress, messages: progress.messages + messages, position: upTo, done };
    },
    progress: () => progress,
  };
}

function minimum(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function maximum(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
