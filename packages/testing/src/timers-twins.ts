import type { Timer } from '@tidemark/core';
import { timersDueTwins } from './timers-twins-due.ts';
import { type BreakTimers, setBy } from './timers-twins-sabotage.ts';
import type { Twin } from './twins.ts';

const AS_SET = 'a timer comes back as it was set';
const AS_FIRST_SET = 'a timer that is set again stays as it was first set';
const TWICE = 'a timer named twice in one call is set once, as it stands first';
const TOGETHER = 'of timers that cannot all be set none is';
const STAYS = 'a timer that is due stays until it is cancelled';
const NOT_THERE = 'cancelling what is not there changes nothing';
const LISTED = 'all timers are listed, whosever and however far, each once, page by page';
const THOUSANDS = 'thousands of timers set and cancelled at the same time are all kept to';
const REOPENED = 'timers and their absence are there after opening again';
const BESIDE = 'what one sets and cancels, another beside it sees';
const UNDISTURBED =
  'two that set and cancel the same timers at the same time do not disturb each other';
const CLOSED = 'after closing, every call is a fault';
const PAGE_TIMERS = 1_000;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Looks for itself, then acts, with a turn between in which others act. */
const apart: BreakTimers = (timers) => {
  const known = new Set<string>();
  return {
    set: async (given) => {
      const before = new Set(known);
      await turn();
      const fresh = given.filter(({ id }) => !before.has(id));
      if (fresh.some(({ id }) => known.has(id))) throw new Error('id is not unique');
      for (const { id } of given) known.add(id);
      await timers.set(fresh);
    },
  };
};

/** Setting, cancelling and keeping. */
const keepingTwins: readonly Twin<BreakTimers>[] = [
  {
    broken: 'cuts texts at a NUL',
    sabotage: setBy(({ id, owner }) => ({
      id: id.split('\0')[0] as string,
      owner: owner.split('\0')[0] as string,
    })),
    caughtBy: [AS_SET],
  },
  {
    broken: 'puts off a timer that is set again',
    sabotage: (timers) => ({
      set: async (given) => {
        await timers.cancel(given.map(({ id }) => id));
        await timers.set(given);
      },
    }),
    caughtBy: [AS_FIRST_SET],
  },
  {
    broken: 'takes the last of those that one call names alike',
    sabotage: (timers) => ({
      set: (given) => timers.set([...new Map(given.map((one) => [one.id, one])).values()]),
    }),
    caughtBy: [TWICE],
  },
  {
    broken: 'sets timers one by one, so that those before a bad one stay',
    sabotage: (timers) => ({
      set: async (given) => {
        for (const timer of given) await timers.set([timer]);
      },
    }),
    caughtBy: [TOGETHER],
  },
  {
    broken: 'rounds the time of a timer',
    sabotage: setBy(({ dueAtMs }) => ({ dueAtMs: Math.round(dueAtMs) })),
    caughtBy: [TOGETHER],
  },
  {
    broken: 'forgets a timer once it was answered',
    sabotage: (timers) => ({
      due: async (asked) => {
        const found = await timers.due(asked);
        await timers.cancel(found.map(({ id }) => id));
        return found;
      },
    }),
    caughtBy: [STAYS],
  },
  {
    broken: 'cancels only the first of a call',
    sabotage: (timers) => ({ cancel: (ids) => timers.cancel(ids.slice(0, 1)) }),
    caughtBy: [STAYS, THOUSANDS],
  },
  {
    broken: 'remembers what was cancelled for good',
    sabotage: (timers) => {
      const cancelled = new Set<string>();
      return {
        cancel: (ids) => {
          for (const id of ids) cancelled.add(id);
          return timers.cancel(ids);
        },
        set: (given) => timers.set(given.filter(({ id }) => !cancelled.has(id))),
      };
    },
    caughtBy: [NOT_THERE],
  },
  {
    broken: 'lists the first page again and again, and then ends',
    sabotage: (timers) => {
      let pages = 3;
      return {
        list: async (limit) => {
          pages -= 1;
          return pages < 0 ? [] : timers.list(limit);
        },
      };
    },
    caughtBy: [LISTED],
  },
  {
    broken: 'lists those of one owner',
    sabotage: (timers) => ({
      list: async (limit, after) =>
        (await timers.list(limit, after)).filter(({ owner }) => owner !== 'owner 1'),
    }),
    caughtBy: [LISTED],
  },
  {
    broken: `keeps ${PAGE_TIMERS} and loses the rest`,
    sabotage: (timers) => {
      let room = PAGE_TIMERS;
      return {
        set: async (given) => {
          const kept = given.slice(0, room);
          room -= kept.length;
          await timers.set(kept);
        },
      };
    },
    caughtBy: [THOUSANDS],
  },
  {
    broken: 'keeps what is set in memory until it is asked for',
    sabotage: (timers) => {
      const kept: Timer[] = [];
      return {
        set: async (given) => void kept.push(...given),
        due: async (asked) => {
          await timers.set(kept);
          return timers.due(asked);
        },
      };
    },
    caughtBy: [REOPENED, BESIDE],
  },
  {
    broken: 'holds what it has read in memory and does not look again',
    sabotage: (timers) => {
      let held: readonly Timer[] | undefined;
      return {
        due: async (asked) => {
          held ??= await timers.due(asked);
          return held;
        },
      };
    },
    caughtBy: [BESIDE, AS_FIRST_SET],
  },
  {
    broken: 'looks apart from setting, so that two who set one timer collide',
    sabotage: apart,
    caughtBy: [UNDISTURBED],
  },
  {
    broken: 'answers from memory after it was closed',
    sabotage: (timers) => ({
      nextDueAtMs: (owner, afterMs) => timers.nextDueAtMs(owner, afterMs).catch(() => undefined),
    }),
    caughtBy: [CLOSED],
  },
];

/** The mistakes that the contract of timers must notice: one entry each. */
export const timersTwins: readonly Twin<BreakTimers>[] = [...keepingTwins, ...timersDueTwins];
