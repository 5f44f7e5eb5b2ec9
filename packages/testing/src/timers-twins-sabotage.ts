import type { Timer, Timers } from '@tidemark/core';

/** What broken timers do instead. Called for each that is opened on the storage. */
export type BreakTimers = (timers: Timers) => Partial<Timers>;

/** Changes every timer before it is set. */
export const setBy =
  (change: (timer: Timer) => Partial<Timer>): BreakTimers =>
  (timers) => ({
    set: (given) => timers.set(given.map((timer) => ({ ...timer, ...change(timer) }))),
  });
