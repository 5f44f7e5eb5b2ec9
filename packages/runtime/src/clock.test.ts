import { expect, test } from 'vitest';
import { createSystemClock } from './clock.ts';

test('sleeping ends at once when the signal aborts, and does not begin when it has', async () => {
  const clock = createSystemClock();
  const stop = new AbortController();
  const asleep = clock.sleep(1_000_000_000_000, stop.signal);
  stop.abort();
  await asleep;
  await clock.sleep(1_000_000_000_000, stop.signal);
});

test('sleeping lasts as long as asked', async () => {
  const clock = createSystemClock();
  const startMs = clock.now();
  await clock.sleep(20, new AbortController().signal);
  expect(clock.now() - startMs).toBeGreaterThanOrEqual(18);
});

test('wakes once after the time, and never when it was cancelled', async () => {
  const clock = createSystemClock();
  const startMs = clock.now();
  const woken: string[] = [];
  const cancel = clock.after(5, () => woken.push('cancelled'));
  const cancelLong = clock.after(1_000_000_000_000, () => woken.push('long'));
  cancel();
  await new Promise<void>((resolve) => {
    clock.after(20, () => {
      woken.push('in time');
      resolve();
    });
  });
  cancelLong();
  expect(woken).toEqual(['in time']);
  expect(clock.now() - startMs).toBeGreaterThanOrEqual(18);
});
