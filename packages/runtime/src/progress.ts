import type { Clock } from '@tidemark/core';

/** How far a reader in this process has come, and who waits for it. */
export interface Progress {
  readonly position: () => bigint;
  /** Moves on, never back, and wakes those who waited for that much. */
  readonly moveTo: (position: bigint) => void;
  /** Resolves when it has come as far as `position`, after `atMostMs`, or when `signal` aborts. */
  readonly wait: (position: bigint, atMostMs: number, signal: AbortSignal) => Promise<void>;
}

/** Starts at `0n`. */
export function createProgress(clock: Clock): Progress {
  let reached = 0n;
  const waiting = new Set<{ readonly position: bigint; readonly wake: () => void }>();

  return {
    position: () => reached,
    moveTo: (position) => {
      if (position <= reached) return;
      reached = position;
      for (const waiter of waiting) if (waiter.position <= reached) waiter.wake();
    },
    wait: async (position, atMostMs, signal) => {
      if (position <= reached || signal.aborted) return;
      const rest = new AbortController();
      const wake = (): void => rest.abort();
      const waiter = { position, wake };
      waiting.add(waiter);
      signal.addEventListener('abort', wake);
      await clock.sleep(atMostMs, rest.signal);
      signal.removeEventListener('abort', wake);
      waiting.delete(waiter);
    },
  };
}
