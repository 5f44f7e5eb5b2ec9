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
