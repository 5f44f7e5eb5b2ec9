import type { Clock } from '@tidemark/core';

/** What Node's timers can hold; longer sleeps take several. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The machine's clock.
 *
 * @example
 * const clock = createSystemClock();
 * await clock.sleep(1_000, signal);
 */
export function createSystemClock(): Clock {
  return { now: () => Date.now(), sleep };
}

async function sleep(forMs: number, signal: AbortSignal): Promise<void> {
  let leftMs = Math.max(0, forMs);
  do {
    await sleepOnce(Math.min(leftMs, LONGEST_TIMER_MS), signal);
    leftMs -= LONGEST_TIMER_MS;
  } while (leftMs > 0 && !signal.aborted);
}

function sleepOnce(forMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, forMs);
    signal.addEventListener('abort', end);
  });
}
