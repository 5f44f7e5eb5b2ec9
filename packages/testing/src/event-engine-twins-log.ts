import type { LogPage } from '@tidemark/core';
import { type EventEngineTwin, furthest } from './event-engine-twins-sabotage.ts';

const EMPTY_LOG = 'an empty log has head 0, no events, and is scanned to where it was asked from';
const PAGE =
  'a page of the log holds at most as many events as asked for and continues where it ended';
const LITTLE =
  'a page that finds little or nothing has still looked: scannedTo moves, never beyond the head';
const FULL = 'a full page is scanned no further than its last event, so that nothing is skipped';
const NEVER_BELOW = 'scannedTo is never below the position asked from, also behind the head';
const LONG_LOG = 'a log of several thousand events is read whole, with and without a query';
const SHORT_PAGE_EVENTS = 500;

/** Reading the log. */
export const logTwins: readonly EventEngineTwin[] = [
  {
    broken: 'says it has scanned to the head although the page was full',
    sabotage: (engine) => ({
      readLog: async (page) => ({
        ...(await engine.readLog(page)),
        scannedTo: await engine.head(),
      }),
    }),
    caughtBy: [FULL, PAGE, LONG_LOG],
  },
  {
    broken: 'says it has scanned only to the last match',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        return { ...found, scannedTo: found.events.at(-1)?.position ?? page.after };
      },
    }),
    caughtBy: [LITTLE],
  },
  {
    broken: 'scans behind the head',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        return { ...found, scannedTo: page.after + BigInt(page.limit) };
      },
    }),
    caughtBy: [EMPTY_LOG, NEVER_BELOW, PAGE],
  },
  {
    broken: 'scans back to the head when asked from behind it',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const [found, head] = [await engine.readLog(page), await engine.head()];
        return page.after > head ? { ...found, scannedTo: head } : found;
      },
    }),
    caughtBy: [NEVER_BELOW],
  },
  {
    broken: 'begins a page with the position asked from',
    sabotage: (engine) => ({
      readLog: (page) =>
        engine.readLog({ ...page, after: page.after === 0n ? 0n : page.after - 1n }),
    }),
    caughtBy: [PAGE, LONG_LOG],
  },
  {
    broken: 'puts one event more on a page than asked for',
    sabotage: (engine) => ({
      readLog: (page) => engine.readLog({ ...page, limit: page.limit + 1 }),
    }),
    caughtBy: [PAGE, FULL],
  },
  {
    broken: 'makes a limit of whatever it is asked for',
    sabotage: (engine) => ({
      readLog: ({ limit, ...page }) =>
        engine.readLog({ ...page, limit: Math.min(10_000, Math.max(1, Math.floor(limit) || 1)) }),
    }),
    caughtBy: ['a page of no events, or of more than 10,000, is refused'],
  },
  {
    broken: 'takes a page that begins before the log does for one from its beginning',
    sabotage: (engine) => ({
      readLog: ({ after, ...page }) => engine.readLog({ ...page, after: after < 0n ? 0n : after }),
    }),
    caughtBy: ['a page that begins before the log does is refused'],
  },
  {
    broken: 'keeps positions in doubles',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        return { ...found, scannedTo: BigInt(Number(found.scannedTo)) };
      },
    }),
    caughtBy: [NEVER_BELOW],
  },
  {
    broken: 'answers pages that may be shared from what it has read once',
    sabotage: (engine) => {
      let first: LogPage | undefined;
      return {
        readLog: async (page) => {
          first ??= await engine.readLog(page);
          return page.mayShare ? first : engine.readLog(page);
        },
      };
    },
    caughtBy: ['a page that may be shared with other readers holds what any page holds'],
  },
  {
    broken: 'says head 1 of an empty log',
    sabotage: (engine) => ({
      head: async () => {
        const head = await engine.head();
        return head === 0n ? 1n : head;
      },
    }),
    caughtBy: [EMPTY_LOG],
  },
  {
    broken: `reads at most ${SHORT_PAGE_EVENTS} events and takes a short page for the end`,
    sabotage: (engine) => ({
      readLog: async (page) => {
        const limit = Math.min(page.limit, SHORT_PAGE_EVENTS);
        const found = await engine.readLog({ ...page, limit });
        if (found.events.length === page.limit) return found;
        return { ...found, scannedTo: furthest(await engine.head(), page.after) };
      },
    }),
    caughtBy: [LONG_LOG],
  },
];
