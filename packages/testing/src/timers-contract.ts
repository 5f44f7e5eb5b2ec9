import type { Timer, Timers } from '@tidemark/core';
import { expect } from 'vitest';
import { type Contract, registerContract } from './register-contract.ts';
import { dueIds, type TimersCase, type TimersSubject, timerOf } from './timers-contract-case.ts';

const FAR_MS = Date.UTC(9999, 11, 31);

/** Every promise of the `Timers` port. */
export const timersCases: readonly TimersCase[] = [
  {
    name: 'a timer comes back as it was set',
    run: async ({ timers }) => {
      const input = { type: 'Late', data: { text: 'a\0b "c" \u{1f600}', list: [1, null, {}] } };
      const timer = timerOf('a/b#1 \u00e4\0\u0001', FAR_MS, { owner: "o'\0", input });
      await timers.set([timer]);
      expect(await timers.due({ owner: "o'\0", nowMs: FAR_MS, limit: 1 })).toEqual([timer]);
    },
  },
  {
    name: 'a timer is due at its millisecond, and not one before',
    run: async ({ timers }) => {
      await timers.set([timerOf('a', 1_000)]);
      expect(await dueIds(timers, 999)).toEqual([]);
      expect(await dueIds(timers, 999.9)).toEqual([]);
      expect(await dueIds(timers, 1_000)).toEqual(['a']);
      expect(await dueIds(timers, FAR_MS)).toEqual(['a']);
    },
  },
  {
    name: 'what is due comes earliest first, then by id, however it was set',
    run: async ({ timers }) => {
      await timers.set([timerOf('d', 30), timerOf('b', 20), timerOf('c', 20)]);
      await timers.set([timerOf('a', 10), timerOf('aa', 20)]);
      expect(await dueIds(timers, 30)).toEqual(['a', 'aa', 'b', 'c', 'd']);
      expect(await dueIds(timers, 30, { limit: 2 })).toEqual(['a', 'aa']);
    },
  },
  {
    name: 'times are compared as numbers',
    run: async ({ timers }) => {
      await timers.set([timerOf('long', FAR_MS), timerOf('nine', 9), timerOf('ten', 10)]);
      await timers.set([timerOf('before 1970', -1)]);
      expect(await dueIds(timers, FAR_MS)).toEqual(['before 1970', 'nine', 'ten', 'long']);
      expect(await timers.nextDueAtMs('boarding', 10)).toBe(FAR_MS);
    },
  },
  {
    name: 'a timer that is set again stays as it was first set',
    run: async ({ timers }) => {
      await timers.set([timerOf('a', 10)]);
      await timers.set([timerOf('a', 5, { input: { other: true } }), timerOf('b', 5)]);
      expect(await dueIds(timers, 5)).toEqual(['b']);
      const due = await timers.due({ owner: 'boarding', nowMs: 10, limit: 9 });
      expect(due).toEqual([timerOf('b', 5), timerOf('a', 10)]);
    },
  },
  {
    name: 'a timer named twice in one call is set once, as it stands first',
    run: async ({ timers }) => {
      await timers.set([timerOf('a', 10), timerOf('a', 5)]);
      expect(await dueIds(timers, 5)).toEqual([]);
      expect(await dueIds(timers, 10)).toEqual(['a']);
    },
  },
  {
    name: 'of timers that cannot all be set none is',
    run: async ({ timers }) => {
      await timers.set([timerOf('a', 1)]);
      const together = [timerOf('b', 2), timerOf('c', 2.5), timerOf('d', 3)];
      await expect(timers.set(together)).rejects.toThrow();
      expect(await dueIds(timers, FAR_MS)).toEqual(['a']);
      await timers.set([timerOf('b', 2)]);
      expect(await dueIds(timers, FAR_MS)).toEqual(['a', 'b']);
    },
  },
  {
    name: 'a timer that is due stays until it is cancelled',
    run: async ({ timers }) => {
      await timers.set([timerOf('a', 1), timerOf('b', 2), timerOf('c', 3)]);
      expect(await dueIds(timers, 3)).toEqual(['a', 'b', 'c']);
      expect(await dueIds(timers, 3)).toEqual(['a', 'b', 'c']);
      await timers.cancel(['b', 'c']);
      expect(await dueIds(timers, 3)).toEqual(['a']);
    },
  },
  {
    name: 'cancelling what is not there changes nothing',
    run: async ({ timers }) => {
      await timers.set([timerOf('a', 1)]);
      await timers.cancel(['b', 'a', 'a', 'c']);
      await timers.cancel(['a']);
      await timers.cancel([]);
      await timers.set([]);
      expect(await dueIds(timers, 1)).toEqual([]);
      await timers.set([timerOf('a', 2)]);
      expect(await dueIds(timers, 2)).toEqual(['a']);
    },
  },
  {
    name: 'the next time is the earliest after the one that is asked for',
    run: async ({ timers }) => {
      expect(await timers.nextDueAtMs('boarding', 0)).toBeUndefined();
      await timers.set([timerOf('b', 20), timerOf('a', 10), timerOf('c', 20)]);
      const next = (afterMs: number) => timers.nextDueAtMs('boarding', afterMs);
      expect([await next(0), await next(9.5), await next(10), await next(19)]).toEqual([
        10, 10, 20, 20,
      ]);
      expect(await next(20)).toBeUndefined();
      await timers.cancel(['a']);
      expect(await next(0)).toBe(20);
    },
  },
  {
    name: 'each owner sees its own timers only',
    run: async ({ timers }) => {
      await timers.set([timerOf('a', 1), timerOf('b', 2, { owner: 'closing' })]);
      expect(await dueIds(timers, 9)).toEqual(['a']);
      expect(await dueIds(timers, 9, { owner: 'closing', limit: 1 })).toEqual(['b']);
      expect(await dueIds(timers, 9, { owner: 'Boarding' })).toEqual([]);
      expect(await timers.nextDueAtMs('closing', 0)).toBe(2);
      expect(await timers.nextDueAtMs('boarding', 1)).toBeUndefined();
    },
  },
  {
    name: 'all timers are listed, whosever and however far, each once, page by page',
    run: async ({ timers }) => {
      const all = Array.from({ length: 25 }, (_, n) =>
        timerOf(`a/${n}\0\u00e4`, n % 2 === 0 ? n : FAR_MS, { owner: `owner ${n % 3}` }),
      );
      await timers.set(all);
      const found: Timer[] = [];
      for (let page = await timers.list(10); page.length > 0; ) {
        expect(page.length).toBeLessThanOrEqual(10);
        found.push(...page);
        page = await timers.list(10, page.at(-1)?.id);
      }
      const byId = (one: Timer, other: Timer) => (one.id < other.id ? -1 : 1);
      expect(found.sort(byId)).toEqual([...all].sort(byId));
    },
  },
  {
    name: 'thousands of timers set and cancelled at the same time are all kept to',
    run: async ({ timers }) => {
      const ids = Array.from({ length: 3_000 }, (_, n) => `t${String(n).padStart(4, '0')}`);
      const pages = Array.from({ length: 30 }, (_, n) => ids.slice(n * 100, n * 100 + 100));
      await Promise.all(
        pages.map((page) => timers.set(page.map((id, n) => timerOf(id, 1_000 - n)))),
      );
      await Promise.all(pages.slice(0, 20).map((page) => timers.cancel(page)));
      const found = await dueIds(timers, 1_000, { limit: 2_000 });
      expect([...found].sort()).toEqual(ids.slice(2_000));
    },
  },
  {
    name: 'timers and their absence are there after opening again',
    needs: 'reopen',
    run: async ({ timers, reopen }) => {
      await timers.set([timerOf('a', 1), timerOf('b', 2), timerOf('c', 3)]);
      await timers.cancel(['b']);
      const again = await (reopen as () => Promise<Timers>)();
      expect(await again.due({ owner: 'boarding', nowMs: 3, limit: 9 })).toEqual([
        timerOf('a', 1),
        timerOf('c', 3),
      ]);
      expect(await again.nextDueAtMs('boarding', 1)).toBe(3);
    },
  },
  {
    name: 'what one sets and cancels, another beside it sees',
    needs: 'openSecond',
    run: async ({ timers, openSecond }) => {
      const second = await (openSecond as () => Promise<Timers>)();
      await timers.set([timerOf('a', 1)]);
      expect(await dueIds(second, 1)).toEqual(['a']);
      await second.set([timerOf('a', 9), timerOf('b', 2)]);
      expect(await dueIds(timers, 9)).toEqual(['a', 'b']);
      await second.cancel(['a']);
      expect(await dueIds(timers, 9)).toEqual(['b']);
    },
  },
  {
    name: 'two that set and cancel the same timers at the same time do not disturb each other',
    needs: 'openSecond',
    run: async ({ timers, openSecond }) => {
      const second = await (openSecond as () => Promise<Timers>)();
      const all = Array.from({ length: 200 }, (_, n) => timerOf(`t${n}`, n));
      const back = [...all].reverse();
      await Promise.all([timers.set(all), second.set(back), timers.set(back), second.set(all)]);
      expect(await dueIds(second, 200)).toEqual(all.map(({ id }) => id));
      const ids = all.map(({ id }) => id);
      const reversed = [...ids].reverse();
      await Promise.all([timers.cancel(ids), second.cancel(reversed), timers.cancel(reversed)]);
      expect(await dueIds(timers, 200)).toEqual([]);
    },
  },
  {
    name: 'after closing, every call is a fault',
    run: async ({ timers }) => {
      await timers.close();
      await timers.close();
      const unavailable = { code: 'STORE_UNAVAILABLE' };
      await expect(timers.set([timerOf('a', 1)])).rejects.toMatchObject(unavailable);
      await expect(timers.cancel(['a'])).rejects.toMatchObject(unavailable);
      await expect(dueIds(timers, 1)).rejects.toMatchObject(unavailable);
      await expect(timers.nextDueAtMs('boarding', 0)).rejects.toMatchObject(unavailable);
      await expect(timers.list(1)).rejects.toMatchObject(unavailable);
    },
  },
];

/**
 * Registers the contract of a place for timers as Vitest tests: call it in a test file beside it. Each case opens a
 * subject of its own; what the subject leaves out is skipped, and the report says so.
 *
 * @example
 * timersContract({ name: 'memory', open: async () => openMemorySubject() });
 */
export function timersContract(contract: Contract<TimersSubject>): void {
  registerContract('timers', timersCases, contract);
}
