import type { JsonObject, Recorded } from '@tidemark/core';
import {
  type EventEngineTwin,
  eventsRead,
  furthest,
  newEventsBy,
} from './event-engine-twins-sabotage.ts';

const AS_WRITTEN = 'an event comes back as it was written, with its place and time';
const OUT_OF_REACH =
  'what a caller does to an event after writing or reading it does not reach the log';
const RANGE = 'a range of a stream includes both ends';
const LONG_STREAM = 'a stream of several thousand events comes in pages, whole and in order';
const EMPTY_LOG = 'an empty log has head 0, no events, and is scanned to where it was asked from';
const PAGE =
  'a page of the log holds at most as many events as asked for and continues where it ended';
const LITTLE =
  'a page that finds little or nothing has still looked: scannedTo moves, never beyond the head';
const FULL = 'a full page is scanned no further than its last event, so that nothing is skipped';
const NEVER_BELOW = 'scannedTo is never below the position asked from, also behind the head';
const LONG_LOG = 'a log of several thousand events is read whole, with and without a query';
const SHORT_PAGE_EVENTS = 500;

/** A copy made field by field, where `__proto__` is no field but sets the prototype. */
function copied(data: JsonObject): JsonObject {
  const copy: Record<string, unknown> = {};
  for (const field of Object.keys(data)) copy[field] = data[field];
  return copy as JsonObject;
}

const streamTwins: readonly EventEngineTwin[] = [
  {
    broken: 'loses the tags of events',
    sabotage: newEventsBy(({ tags: _, ...event }) => event),
    caughtBy: [AS_WRITTEN],
  },
  {
    broken: 'loses the trace of the cause',
    sabotage: newEventsBy(({ cause: { trace: _, ...cause }, ...event }) => ({ ...event, cause })),
    caughtBy: [AS_WRITTEN],
  },
  {
    broken: 'says an empty list of tags where none were given',
    sabotage: eventsRead((event) => ({ ...event, tags: event.tags ?? [] })),
    caughtBy: [AS_WRITTEN],
  },
  {
    broken: 'drops what a text column of a database cannot hold',
    sabotage: newEventsBy((event) => ({
      ...event,
      data: JSON.parse(JSON.stringify(event.data).replaceAll('\\u0000', '')) as JsonObject,
    })),
    caughtBy: [AS_WRITTEN],
  },
  {
    broken: 'leaves the milliseconds out of the time',
    sabotage: eventsRead((event) => ({
      ...event,
      recordedAt: event.recordedAt.replace(/\.\d+Z$/, 'Z'),
    })),
    caughtBy: [AS_WRITTEN],
  },
  {
    broken: 'copies data field by field',
    sabotage: newEventsBy((event) => ({ ...event, data: copied(event.data) })),
    caughtBy: ['JSON with a key named __proto__ comes back as it was written'],
  },
  {
    broken: 'hands out the events that it holds in memory',
    sabotage: (engine) => {
      const held = new Map<bigint, Recorded>();
      return eventsRead((event) => {
        const kept = held.get(event.position) ?? structuredClone(event);
        held.set(event.position, kept);
        return kept;
      })(engine);
    },
    caughtBy: [OUT_OF_REACH],
  },
  {
    broken: 'refuses to read a stream that does not exist',
    sabotage: (engine) => ({
      async *readStream(stream, range) {
        let found = false;
        for await (const page of engine.readStream(stream, range)) {
          found = true;
          yield page;
        }
        if (!found) throw new Error('the stream was not found');
      },
    }),
    caughtBy: ['a stream that does not exist yields nothing'],
  },
  {
    broken: 'leaves out the last revision of a range',
    sabotage: (engine) => ({
      readStream: (stream, range = {}) =>
        engine.readStream(
          stream,
          range.upTo === undefined ? range : { ...range, upTo: range.upTo - 1 },
        ),
    }),
    caughtBy: [RANGE, LONG_STREAM],
  },
  {
    broken: 'begins a range behind the revision it names',
    sabotage: (engine) => ({
      readStream: (stream, { from, ...range } = {}) =>
        engine.readStream(stream, { ...range, from: from === undefined ? 0 : from + 1 }),
    }),
    caughtBy: [RANGE, LONG_STREAM],
  },
  {
    broken: 'reads only the first page of a stream',
    sabotage: (engine) => ({
      async *readStream(stream, range) {
        for await (const page of engine.readStream(stream, range)) {
          yield page;
          return;
        }
      },
    }),
    caughtBy: [LONG_STREAM],
  },
  {
    broken: 'gives a stream in one piece, however long it is',
    sabotage: (engine) => ({
      async *readStream(stream, range) {
        const whole: Recorded[] = [];
        for await (const page of engine.readStream(stream, range)) whole.push(...page);
        if (whole.length > 0) yield whole;
      },
    }),
    caughtBy: [LONG_STREAM],
  },
  {
    broken: 'holds a lock until a stream was read to its end',
    sabotage: (engine) => {
      let readers = 0;
      return {
        async *readStream(stream, range) {
          readers += 1;
          for await (const page of engine.readStream(stream, range)) yield page;
          readers -= 1;
        },
        commit: (batch) => (readers > 0 ? new Promise(() => undefined) : engine.commit(batch)),
      };
    },
    caughtBy: ['reading can stop in the middle of a stream, and the store works on'],
  },
];

const logTwins: readonly EventEngineTwin[] = [
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

/** Reading streams and the log. */
export const readTwins: readonly EventEngineTwin[] = [...streamTwins, ...logTwins];
