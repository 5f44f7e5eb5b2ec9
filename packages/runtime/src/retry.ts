import type { Clock } from '@tidemark/core';

/** What to do when handling fails. Chosen in `compose.ts`, never defaulted. */
export interface FailurePolicy {
  /** Tries after the first. */
  readonly retries: number;
  /** First wait; doubles up to 30 s, with jitter. */
  readonly backoffMs: number;
  /** When retries are used up: `stop` keeps order and needs a person (the runnable rejects, is reported and started again later). */
  readonly giveUp: 'stop';
}

/** What to do when a read model cannot handle an event. Chosen in `compose.ts`, never defaulted. */
export interface ReadModelFailurePolicy extends Omit<FailurePolicy, 'giveUp'> {
  /**
   * When retries are used up: `stop` as above; `park` sets the row whose `evolve` failed aside, with all events
   * that follow for it, and everything else goes on. What cannot be decoded or has no key stops also then,
   * because nobody can tell whose it is.
   */
  readonly giveUp: 'stop' | 'park';
}

const LONGEST_WAIT_MS = 30_000;

/**
 * Tries until it resolves. Waits between tries are half to all of a time that doubles, so that many
 * who failed together do not come back together. Rejects with the last error when the retries are
 * used up or `signal` aborts.
 */
export async function retry<Result>(
  work: () => Promise<Result>,
  parts: {
    readonly policy: ReadModelFailurePolicy;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    /** Told of each failure that will be tried again. */
    readonly onRetry: (error: unknown, failures: number) => void;
  },
): Promise<Result> {
  const { policy, clock, signal, onRetry } = parts;
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (failures > policy.retries || signal.aborted) throw error;
      onRetry(error, failures);
      const longestMs = Math.min(policy.backoffMs * 2 ** (failures - 1), LONGEST_WAIT_MS);
      await clock.sleep(longestMs * (0.5 + Math.random() / 2), signal);
      if (signal.aborted) throw error;
    }
  }
}
