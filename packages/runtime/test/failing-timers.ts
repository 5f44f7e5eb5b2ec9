import type { Timers } from '@tidemark/core';

/** Breaks at that call of `set` or `cancel` (the first is 1) and at all that follow: `before` or `after` it is done. */
export function failingTimers(
  timers: Timers,
  parts: {
    readonly fromCall: number;
    readonly when: 'before' | 'after';
    readonly fail: () => void;
  },
): Timers {
  const { fromCall, when, fail } = parts;
  let calls = 0;
  const failing =
    <Item>(work: (items: readonly Item[]) => Promise<void>) =>
    async (items: readonly Item[]): Promise<void> => {
      calls += 1;
      const broken = calls >= fromCall;
      if (broken && when === 'before') fail();
      await work(items);
      if (broken) fail();
    };
  return { ...timers, set: failing(timers.set), cancel: failing(timers.cancel) };
}
