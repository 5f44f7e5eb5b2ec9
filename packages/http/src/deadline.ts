import type { Clock } from '@tidemark/core';

/** How long a handler that was told to stop may still take to say how far it came. */
const GRACE_MS = 1_000;

/** The time that a request has. */
export interface Deadline {
  /** Aborts when the time is over or the client has gone. */
  readonly signal: AbortSignal;
  /** Resolves `'over'` a second after the time is over, or `'ended'` once `end` was called. */
  readonly over: Promise<'over' | 'ended'>;
  /** Aborts `signal`: nobody waits any more. */
  readonly abandon: () => void;
  /** Frees what the deadline holds; `signal` does not abort any more. */
  readonly end: () => void;
}

/** Starts the deadline of a request. Without `forMs` (a live stream) only the client ends it. */
export function startDeadline(parts: {
  readonly clock: Clock;
  readonly client: AbortSignal;
  readonly forMs: number | undefined;
}): Deadline {
  const { clock, client, forMs } = parts;
  const request = new AbortController();
  const ended = new AbortController();
  const abandon = (): void => request.abort();
  if (client.aborted) abandon();
  else client.addEventListener('abort', abandon, { once: true });

  const pass = async (timeMs: number): Promise<'over' | 'ended'> => {
    await clock.sleep(timeMs, ended.signal);
    if (ended.signal.aborted) return 'ended';
    abandon();
    await clock.sleep(GRACE_MS, ended.signal);
    return ended.signal.aborted ? 'ended' : 'over';
  };
  return {
    signal: request.signal,
    over: forMs === undefined ? untilAborted(ended.signal) : pass(forMs),
    abandon,
    end: () => {
      client.removeEventListener('abort', abandon);
      ended.abort();
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<'ended'> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('ended'), { once: true });
  });
}
