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
  return { now: () => Date.now(), after, sleep };
}

function after(forMs: number, wake: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    const goOn = leftMs > LONGEST_TIMER_MS ? () => wait(leftMs - LONGEST_TIMER_MS) : wake;
    timer = setTimeout(goOn, Math.min(leftMs, LONGEST_TIMER_MS));
  };
  wait(Math.max(0, forMs));
  return () => clearTimeout(timer);
}

function sleep(forMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = after(forMs, end);
    signal.addEventListener('abort', end);
  });
}
