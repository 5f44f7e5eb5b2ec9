import { createFakeClock } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { until } from '../test/turns.ts';
import { retry } from './retry.ts';

function setUp(retries: number, failures: number, random?: () => number) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const waitsMs: number[] = [];
  let tries = 0;
  const sleep: typeof clock.sleep = (forMs, signal) => {
    waitsMs.push(forMs);
    return clock.sleep(forMs, signal);
  };
  const work = async () => {
    tries += 1;
    if (tries <= failures) throw new Error(`failure ${tries}`);
    return 'done';
  };
  const result = retry(work, {
    policy: { retries, backoffMs: 100, giveUp: 'stop', ...(random && { random }) },
    clock: { ...clock, sleep },
    signal: stop.signal,
    onRetry: () => {},
  });
  return { clock, stop, waitsMs, tries: () => tries, result };
}

test('each wait is a random part of a time that doubles up to half a minute', async () => {
  const parts = [0, 0.25, 0.5, 0.75, 0.999, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0.5];
  const left = [...parts];
  const { clock, waitsMs, result } = setUp(12, 12, () => left.shift() ?? 0);
  await until(() => clock.sleeping() === 1);
  await clock.advance(12 * 30_000);
  expect(await result).toBe('done');
  expect(waitsMs).toEqual(parts.map((part, place) => Math.min(100 * 2 ** place, 30_000) * part));
});

test('waits differ unless told otherwise', async () => {
  const { clock, waitsMs, result } = setUp(12, 12);
  await until(() => clock.sleeping() === 1);
  await clock.advance(12 * 30_000);
  await result;
  waitsMs.forEach((waitMs, place) => {
    expect(waitMs).toBeLessThan(Math.min(100 * 2 ** place, 30_000));
  });
  expect(new Set(waitsMs).size).toBe(12);
});

test('the last error comes out when the retries are used up', async () => {
  const { clock, tries, result } = setUp(2, 99);
  const ended = expect(result).rejects.toThrow('failure 3');
  await until(() => clock.sleeping() === 1);
  await clock.advance(100 + 200);
  await ended;
  expect(tries()).toBe(3);
});

test('no try follows once it is told to stop', async () => {
  const { clock, stop, tries, result } = setUp(99, 99);
  await until(() => clock.sleeping() === 1);
  stop.abort();
  await expect(result).rejects.toThrow('failure 1');
  expect(tries()).toBe(1);
});
