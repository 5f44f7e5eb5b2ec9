import { type BreakTimers, setBy } from './timers-twins-sabotage.ts';
import type { Twin } from './twins.ts';

const NOT_BEFORE = 'a timer is due at its millisecond, and not one before';
const ORDER = 'what is due comes earliest first, then by id, however it was set';
const NUMBERS = 'times are compared as numbers';
const STAYS = 'a timer that is due stays until it is cancelled';
const NEXT = 'the next time is the earliest after the one that is asked for';
const OWNERS = 'each owner sees its own timers only';
const EARLY_MS = 1;

/** What is due, when, and for whom. */
export const timersDueTwins: readonly Twin<BreakTimers>[] = [
  {
    broken: 'fires a millisecond early',
    sabotage: (timers) => ({
      due: (asked) => timers.due({ ...asked, nowMs: asked.nowMs + EARLY_MS }),
    }),
    caughtBy: [NOT_BEFORE],
  },
  {
    broken: 'rounds the time that it is asked for',
    sabotage: (timers) => ({
      due: (asked) => timers.due({ ...asked, nowMs: Math.round(asked.nowMs) }),
    }),
    caughtBy: [NOT_BEFORE],
  },
  {
    broken: 'fires a millisecond late',
    sabotage: (timers) => ({
      due: (asked) => timers.due({ ...asked, nowMs: asked.nowMs - EARLY_MS }),
    }),
    caughtBy: [NOT_BEFORE, STAYS],
  },
  {
    broken: 'keeps whole seconds',
    sabotage: setBy(({ dueAtMs }) => ({ dueAtMs: Math.ceil(dueAtMs / 1_000) * 1_000 })),
    caughtBy: [ORDER, NEXT],
  },
  {
    broken: 'answers the latest first',
    sabotage: (timers) => ({ due: async (asked) => [...(await timers.due(asked))].reverse() }),
    caughtBy: [ORDER],
  },
  {
    broken: 'answers those of one millisecond as they were set',
    sabotage: (timers) => {
      const order: string[] = [];
      return {
        set: (given) => {
          order.push(...given.map(({ id }) => id));
          return timers.set(given);
        },
        due: async (asked) =>
          [...(await timers.due(asked))].sort(
            (one, other) =>
              one.dueAtMs - other.dueAtMs || order.indexOf(one.id) - order.indexOf(other.id),
          ),
      };
    },
    caughtBy: [ORDER],
  },
  {
    broken: 'takes the first of a page in any order and sorts them then',
    sabotage: (timers) => ({
      due: async (asked) => {
        const all = await timers.due({ ...asked, limit: 10_000 });
        return all.slice(-asked.limit);
      },
    }),
    caughtBy: [ORDER],
  },
  {
    broken: 'compares times as texts',
    sabotage: (timers) => ({
      due: async (asked) =>
        [...(await timers.due(asked))].sort((one, other) =>
          String(one.dueAtMs) < String(other.dueAtMs) ? -1 : 1,
        ),
    }),
    caughtBy: [NUMBERS],
  },
  {
    broken: 'names a next time that has been',
    sabotage: (timers) => ({
      nextDueAtMs: (owner, afterMs) => timers.nextDueAtMs(owner, afterMs - 1),
    }),
    caughtBy: [NEXT],
  },
  {
    broken: 'holds the next time in memory and does not hear of a cancelled one',
    sabotage: (timers) => {
      const held = new Map<string, number | undefined>();
      return {
        nextDueAtMs: async (owner, afterMs) => {
          const found =
            held.get(`${owner} ${afterMs}`) ?? (await timers.nextDueAtMs(owner, afterMs));
          held.set(`${owner} ${afterMs}`, found);
          return found;
        },
      };
    },
    caughtBy: [NEXT],
  },
  {
    broken: 'mixes owners up',
    sabotage: setBy(() => ({ owner: 'boarding' })),
    caughtBy: [OWNERS],
  },
  {
    broken: 'compares owners without case',
    sabotage: (timers) => ({
      due: (asked) => timers.due({ ...asked, owner: asked.owner.toLowerCase() }),
    }),
    caughtBy: [OWNERS],
  },
  {
    broken: 'counts the timers of others into a page',
    sabotage: (timers) => ({
      due: async (asked) => {
        const others = await timers.due({ ...asked, owner: 'boarding' });
        const room = asked.owner === 'boarding' ? asked.limit : asked.limit - others.length;
        return (await timers.due(asked)).slice(0, Math.max(0, room));
      },
    }),
    caughtBy: [OWNERS],
  },
];
