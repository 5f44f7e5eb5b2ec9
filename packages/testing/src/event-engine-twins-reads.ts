import { Fault, type JsonObject, type Recorded, type StreamName } from '@tidemark/core';
import { logTwins } from './event-engine-twins-log.ts';
import {
  type BreakEngine,
  type EventEngineTwin,
  eventsRead,
  newEventsBy,
} from './event-engine-twins-sabotage.ts';

const AS_WRITTEN = 'an event comes back as it was written, with its place and time';
const TAGS = 'tags come back as they were given, also one that is named twice and a list of none';
const OUT_OF_REACH =
  'what a caller does to an event after writing or reading it does not reach the log';
const ALIKE = 'streams whose names look alike are kept apart, and what is no name is no stream';
const RANGE = 'a range of a stream includes both ends';
const LONG_STREAM = 'a stream of several thousand events comes in pages, whole and in order';

/** A copy made field by field, where `__proto__` is no field but sets the prototype. */
function copied(data: JsonObject): JsonObject {
  const copy: Record<string, unknown> = {};
  for (const field of Object.keys(data)) copy[field] = data[field];
  return copy as JsonObject;
}

/** Knows streams by something else than their names. */
const streamsBy =
  (key: (name: string) => string): BreakEngine =>
  (engine) => {
    const rename = (stream: StreamName) => key(stream) as StreamName;
    return {
      readStream: (stream, range) => engine.readStream(rename(stream), range),
      commit: (batch) =>
        engine.commit(
          batch.map((request) => ({
            ...request,
            events: request.events.map((event) => ({ ...event, stream: rename(event.stream) })),
            conditions: request.conditions.map((condition) =>
              'stream' in condition
                ? { ...condition, stream: rename(condition.stream) }
                : condition,
            ),
          })),
        ),
    };
  };

const streamTwins: readonly EventEngineTwin[] = [
  {
    broken: 'loses the tags of events',
    sabotage: newEventsBy(({ tags: _, ...event }) => event),
    caughtBy: [AS_WRITTEN, TAGS],
  },
  {
    broken: 'keeps each tag of an event once',
    sabotage: newEventsBy((event) => ({
      ...event,
      ...(event.tags && { tags: [...new Set(event.tags)] }),
    })),
    caughtBy: [TAGS],
  },
  {
    broken: 'keeps the tags of an event in their alphabetical order',
    sabotage: newEventsBy((event) => ({
      ...event,
      ...(event.tags && { tags: [...event.tags].sort() }),
    })),
    caughtBy: [TAGS],
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
    broken: 'compares names of streams without accents',
    sabotage: streamsBy((name) => name.normalize('NFD').replace(/\p{Mn}/gu, '')),
    caughtBy: [ALIKE],
  },
  {
    broken: 'compares names of streams without case',
    sabotage: streamsBy((name) => name.toLowerCase()),
    caughtBy: [ALIKE],
  },
  {
    broken: 'refuses to look for a stream that it could not store',
    sabotage: (engine) => ({
      async *readStream(stream, range) {
        if (stream.includes('\0')) throw new Fault('EVENT_INVALID', 'invalid byte sequence');
        yield* engine.readStream(stream, range);
      },
    }),
    caughtBy: [ALIKE],
  },
  {
    broken:
      'asks for streams in UTF-8, where half a character becomes the sign for what is unreadable',
    sabotage: (engine) => ({
      readStream: (stream, range) =>
        engine.readStream(Buffer.from(stream).toString() as StreamName, range),
    }),
    caughtBy: [ALIKE],
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

/** Reading streams and the log. */
export const readTwins: readonly EventEngineTwin[] = [...streamTwins, ...logTwins];
