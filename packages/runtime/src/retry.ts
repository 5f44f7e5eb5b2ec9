import { type Clock, isFault } from '@tidemark/core';

/** What to do when handling fails. Chosen in `compose.ts`, never defaulted. */
export interface FailurePolicy {
  /** Tries after the first. */
  readonly retries: number;
  /** Longest first wait; doubles with each failure, up to 30 s. The wait is a random part of it (full jitter). */
  readonly backoffMs: number;
  /**
   * When retries are used up: `stop` keeps order and needs a person (the runnable rejects, is reported and started
   * again later). `park` sets what failed aside, with all that follows for it, and everything else goes on: of an
   * inbox the key of the message, of a process the instance, of a read model the row whose `evolve` failed. What
   * nobody can tell the owner of (it cannot be decoded, or has no key) stops also then.
   */
  readonly giveUp: 'stop' | 'park';
  /** From 0 to below 1; `Math.random` unless given. */
  readonly random?: () => number;
}

const LONGEST_WAIT_MS = 30_000;

/**
 * Tries until it resolves. Waits between tries are a random part (0 to all) of a time that doubles, so that many
 * who failed together come back apart. Rejects with the last error when the retries are used up, `signal` aborts, or what is worked on was dropped.
 */
export async function retry<Result>(
  work: () => Promise<Result>,
  parts: {
    readonly policy: FailurePolicy;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    /** Told of each failure that will be tried again. */
    readonly onRetry: (error: unknown, failures: number) => void;
  },
): Promise<Result> {
  const { policy, clock, signal, onRetry } = parts;
  const random = policy.random ?? Math.random;
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      const isHopeless = signal.aborted || isFault(error, 'READ_MODEL_DROPPED');
      if (isHopeless || failures > policy.retries) throw error;
      onRetry(error, failures);
      const longestMs = Math.min(policy.backoffMs * 2 ** (failures - 1), LONGEST_WAIT_MS);
      await clock.sleep(longestMs * random(), signal);
      if (signal.aborted) throw error;
    }
  }
}
