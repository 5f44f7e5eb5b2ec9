import type { Clock } from '@tidemark/core';

/** How long a handler that was told to stop may still take to say how far it came. */
const GRACE_MS = 1_000;

/** The time that a request has. */
export interface Deadline {
  /** Aborts when the time is over or the client has gone. */
  readonly signal: AbortSignal;
  /** Whether `signal` has aborted, or would have. */
  readonly isAbandoned: boolean;
  /** Resolves `'over'` a second after the time is over, or `'ended'` once `end` was called. */
  readonly over: Promise<'over' | 'ended'>;
  /** Aborts `signal`: nobody waits any more. */
  readonly abandon: () => void;
  /** Frees what the deadline holds; `signal` does not abort any more. */
  readonly end: () => void;
}

/** Why a deadline's timer was ended. A reason of its own, because the default one costs a stack trace a request. */
const ENDED = 'the request was answered';

/**
 * Starts the deadline of a request. Without `forMs` (a live stream) only the client ends it. The signal, and
 * that of the client, are made when somebody asks for them: most handlers answer without.
 */
export function startDeadline(parts: {
  readonly clock: Clock;
  readonly client: () => AbortSignal;
  readonly forMs: number | undefined;
}): Deadline {
  const { clock, forMs } = parts;
  const ended = new AbortController();
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

  const pass = async (timeMs: number): Promise<'over' | 'ended'> => {
    await clock.sleep(timeMs, ended.signal);
    if (ended.signal.aborted) return 'ended';
    abandon();
    await clock.sleep(GRACE_MS, ended.signal);
    return ended.signal.aborted ? 'ended' : 'over';
  };
  return {
    get signal() {
      request ??= makeSignal();
      return request.signal;
    },
    get isAbandoned() {
      return isAbandoned || (client?.aborted ?? false);
    },
    over: forMs === undefined ? untilAborted(ended.signal) : pass(forMs),
    abandon,
    end: () => {
      client?.removeEventListener('abort', abandon);
      ended.abort(ENDED);
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<'ended'> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('ended'), { once: true });
  });
}
