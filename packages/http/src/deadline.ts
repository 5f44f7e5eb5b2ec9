import type { Clock } from '@tidemark/core';

/** How long a handler that was told to stop may still take to say how far it came. */
const GRACE_MS = 1_000;

/** The time that a request has. */
export interface Deadline {
  /** Aborts when the time is over or the client has gone. Made when it is first asked for: most handlers answer without. */
  readonly signal: () => AbortSignal;
  /** Whether `signal` has aborted, or would have. */
  readonly isAbandoned: () => boolean;
  /** Resolves a second after the time is over; never once `end` was called. */
  readonly over: Promise<'over'>;
  /** Aborts `signal`: nobody waits any more. */
  readonly abandon: () => void;
  /** Frees what the deadline holds; `signal` does not abort any more. */
  readonly end: () => void;
}

/**
 * Starts the deadline of a request. Without `forMs` (a live stream) only the client ends it.
 */
export function startDeadline(parts: {
  readonly clock: Clock;
  readonly client: () => AbortSignal;
  readonly forMs: number | undefined;
}): Deadline {
  const { clock, forMs } = parts;
  let stopTimer = (): void => undefined;
  let request: AbortController | undefined;
  let client: AbortSignal | undefined;
  let isAbandoned = false;
  const abandon = (): void => {
    isAbandoned = true;
    request?.abort();
  };
  const makeSignal = (): AbortController => {
    const made = new AbortController();
    client = parts.client();
    if (client.aborted || isAbandoned) made.abort();
    else client.addEventListener('abort', abandon, { once: true });
    return made;
  };

  const over = new Promise<'over'>((resolve) => {
    if (forMs === undefined) return;
    stopTimer = clock.after(forMs, () => {
      stopTimer = clock.after(GRACE_MS, () => resolve('over'));
      abandon();
    });
  });
  return {
    signal: () => {
      request ??= makeSignal();
      return request.signal;
    },
    isAbandoned: () => isAbandoned || (client?.aborted ?? false),
    over,
    abandon,
    end: () => {
      client?.removeEventListener('abort', abandon);
      stopTimer();
    },
  };
}
