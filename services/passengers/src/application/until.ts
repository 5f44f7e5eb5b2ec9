import type { Clock } from '@tidemark/core';

/** How long something may take, and who else may end it. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly withinMs: number;
  readonly signal?: AbortSignal;
}

/** Does some waiting under a signal that aborts when the time is over, or when the outer one does. */
export async function until<Result>(
  { clock, withinMs, signal }: TimeLimit,
  wait: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const time = clock.sleep(withinMs, enough.signal).then(stop);
  try {
    return await wait(enough.signal);
  } finally {
    stop();
    signal?.removeEventListener('abort', stop);
    await time;
  }
}
