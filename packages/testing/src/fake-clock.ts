import type { Clock } from '@tidemark/core';

/** A clock that stands still until told to go on. */
export interface FakeClock extends Clock {
  /** Goes on by that time, waking sleepers one by one in the order they are due, and letting each act before the next. */
  readonly advance: (byMs: number) => Promise<void>;
  /** How many are asleep, or to be called. */
  readonly sleeping: () => number;
}

interface Sleeper {
  readonly dueAtMs: number;
  readonly wake: () => void;
}

/**
 * A clock for tests: time passes only by `advance`.
 *
 * @example
 * const clock = createFakeClock(Date.UTC(2030, 0, 1));
 * await clock.advance(60_000);
 */
export function createFakeClock(startMs = Date.UTC(2030, 0, 1)): FakeClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();

  const after = (forMs: number, wake: () => void): (() => void) => {
    const sleeper = {
      dueAtMs: nowMs + Math.max(0, forMs),
      wake: () => {
        sleepers.delete(sleeper);
        wake();
      },
    };
    sleepers.add(sleeper);
    return () => sleepers.delete(sleeper);
  };
  const sleep = (forMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = after(forMs, end);
      signal.addEventListener('abort', end);
    });

  const advance = async (byMs: number): Promise<void> => {
    const untilMs = nowMs + byMs;
    await letOthersAct();
    for (let next = nextDue(sleepers); next !== undefined; next = nextDue(sleepers)) {
      if (next.dueAtMs > untilMs) break;
      nowMs = Math.max(nowMs, next.dueAtMs);
      next.wake();
      await letOthersAct();
    }
    nowMs = untilMs;
  };

  return { now: () => nowMs, after, sleep, advance, sleeping: () => sleepers.size };
}

/** The earliest; of those due together, the one that fell asleep first (a set keeps their order). */
function nextDue(sleepers: ReadonlySet<Sleeper>): Sleeper | undefined {
  let found: Sleeper | undefined;
  for (const sleeper of sleepers) {
    if (found === undefined || sleeper.dueAtMs < found.dueAtMs) found = sleeper;
  }
  return found;
}

/** A turn of the event loop: everything that can go on without time passing has gone on. */
function letOthersAct(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
