import { expect, test } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

const never = new AbortController().signal;

test('time stands still until the clock is advanced', async () => {
  const clock = createFakeClock(1_000);
  expect(clock.now()).toBe(1_000);
  await clock.advance(250);
  expect(clock.now()).toBe(1_250);
});

test('sleepers wake in the order they are due, each at its own time', async () => {
  const clock = createFakeClock(0);
  const woken: string[] = [];
  const sleeper = async (name: string, forMs: number) => {
    await clock.sleep(forMs, never);
    woken.push(`${name} at ${clock.now()}`);
  };
  const all = [sleeper('late', 30), sleeper('early', 10), sleeper('early too', 10)];
  await clock.advance(29);
  expect(woken).toEqual(['early at 10', 'early too at 10']);
  await clock.advance(1);
  expect(woken).toEqual(['early at 10', 'early too at 10', 'late at 30']);
  await Promise.all(all);
});

test('one who sleeps again while time passes is woken again', async () => {
  const clock = createFakeClock(0);
  const ticks: number[] = [];
  const stop = new AbortController();
  const ticking = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(10, stop.signal);
      ticks.push(clock.now());
    }
  })();
  await clock.advance(35);
  expect(ticks).toEqual([10, 20, 30]);
  stop.abort();
  await ticking;
  expect(clock.sleeping()).toBe(0);
});

test('an aborted sleeper wakes at once and leaves nothing behind', async () => {
  const clock = createFakeClock(0);
  const stop = new AbortController();
  const sleeping = clock.sleep(1_000, stop.signal);
  stop.abort();
  await sleeping;
  await clock.sleep(1_000, stop.signal);
  expect(clock.now()).toBe(0);
  expect(clock.sleeping()).toBe(0);
});
