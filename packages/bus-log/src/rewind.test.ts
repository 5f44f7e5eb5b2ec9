import { createTestCheckpoints, keptBySignal } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createRewind } from './rewind.ts';

test('a group that reads on for months leaves nothing behind on the signal that will stop it', async () => {
  const { signal } = new AbortController();
  const rewind = createRewind('flights', 'group-1/flights', createTestCheckpoints);
  const before = keptBySignal(signal);
  for (let naps = 0; naps < 3; naps += 1) await rewind.nap(async () => {}, signal);
  await rewind.nap(() => Promise.reject(new Error('no news')), signal).catch(() => undefined);
  expect(keptBySignal(signal)).toBe(before);
});

test('a nap ends when the group is stopped, also when that was before', async () => {
  const rewind = createRewind('flights', 'group-1/flights', createTestCheckpoints);
  const stop = new AbortController();
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
  const napping = rewind.nap(untilAborted, stop.signal);
  stop.abort();
  await napping;
  await rewind.nap(untilAborted, stop.signal);
});
