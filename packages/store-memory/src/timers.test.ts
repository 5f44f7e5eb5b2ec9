import type { Timer, Timers } from '@tidemark/core';
import {
  runContractCase,
  type TimersSubject,
  timersCases,
  timersContract,
} from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createMemoryTimerStorage, createMemoryTimers } from './timers.ts';

type Sabotage = (timers: Timers) => Partial<Timers>;

async function openSubject(sabotage: Sabotage = () => ({})): Promise<TimersSubject> {
  const storage = createMemoryTimerStorage();
  const openOne = async () => {
    const timers = createMemoryTimers({ storage });
    return { ...timers, ...sabotage(timers) };
  };
  const timers = await openOne();
  const reopen = async () => {
    await timers.close();
    return openOne();
  };
  return { timers, reopen, openSecond: openOne, close: timers.close };
}

timersContract({ name: 'memory', open: openSubject });

const EARLY_MS = 1;
const changed = (timers: readonly Timer[], change: (timer: Timer) => Partial<Timer>) =>
  timers.map((timer) => ({ ...timer, ...change(timer) }));

const TWINS: readonly (readonly [string, Sabotage, string])[] = [
  [
    'fire a millisecond early',
    (timers) => ({ due: (asked) => timers.due({ ...asked, nowMs: asked.nowMs + EARLY_MS }) }),
    'a timer is due at its millisecond, and not one before',
  ],
  [
    'fire a millisecond late',
    (timers) => ({ due: (asked) => timers.due({ ...asked, nowMs: asked.nowMs - EARLY_MS }) }),
    'a timer is due at its millisecond, and not one before',
  ],
  [
    'forget a timer once it was answered',
    (timers) => ({
      due: async (asked) => {
        const found = await timers.due(asked);
        await timers.cancel(found.map(({ id }) => id));
        return found;
      },
    }),
    'a timer that is due stays until it is cancelled',
  ],
  [
    'put off a timer that is set again',
    (timers) => ({
      set: async (given) => {
        await timers.cancel(given.map(({ id }) => id));
        await timers.set(given);
      },
    }),
    'a timer that is set again stays as it was first set',
  ],
  [
    'answer the latest first',
    (timers) => ({ due: async (asked) => [...(await timers.due(asked))].reverse() }),
    'what is due comes earliest first, then by id, however it was set',
  ],
  [
    'mix their owners up',
    (timers) => ({ set: (given) => timers.set(changed(given, () => ({ owner: 'boarding' }))) }),
    'each owner sees its own timers only',
  ],
  [
    'name a next time that has been',
    (timers) => ({ nextDueAtMs: (owner, afterMs) => timers.nextDueAtMs(owner, afterMs - 1) }),
    'the next time is the earliest after the one that is asked for',
  ],
  [
    'cancel only the first',
    (timers) => ({ cancel: (ids) => timers.cancel(ids.slice(0, 1)) }),
    'a timer that is due stays until it is cancelled',
  ],
  [
    'keep what is set until it is asked for',
    (timers) => {
      const kept: Timer[] = [];
      return {
        set: async (given) => void kept.push(...given),
        due: async (asked) => {
          await timers.set(kept);
          return timers.due(asked);
        },
      };
    },
    'timers and their absence are there after opening again',
  ],
];

test.each(TWINS)('timers that %s fail the contract', async (_, sabotage, name) => {
  await expect(runContractCase(timersCases, name, await openSubject(sabotage))).rejects.toThrow();
  await runContractCase(timersCases, name, await openSubject());
});
