import { type AppendRequest, type Condition, Fault, matches, type Recorded } from '@tidemark/core';
import { missesNothing } from './event-engine-contract-races.ts';
import {
  type EventEngineTwin,
  furthest,
  holdsNow,
  requests,
  turn,
} from './event-engine-twins-sabotage.ts';

const ONE_WINS = 'of two engines that write the same revision at the same time exactly one wins';
const ONE_STORES =
  'of two engines that repeat one command at the same time one stores it and both answer the same';
const MANY_REVISION =
  'of 64 callers that write one revision at the same time one is accepted, and the others are told';
const MANY_TAG =
  'of 64 callers that take one tag at the same time one gets it, whatever stream they write';
const MANY_COMMAND =
  'of 64 callers with one command id one is carried out, and all have its answer';
const CONTRADICT =
  'requests that contradict each other, made in one moment, are answered as if they came one by one';
const BESIDE_WRITERS =
  'a reader beside two writers sees every position once and in order, and none comes late';
const CHANGED = 'an event that was changed where it is stored is a fault, never data';
const BESIDE =
  'of 64 callers who look at a stream that others write, none writes beside what it has not seen';
const LOG_LOST =
  'a log in which an event is missing is a fault, never shorter, wherever a page begins and ends';
const FIRST_LOST = 'a stream whose first event is missing is a fault, never shorter';
const LOST = 'a stream in whose middle an event is missing is a fault, never shorter';

/** Many at the same time, a reader beside writers, and what happens behind the engine's back. */
export const raceTwins: readonly EventEngineTwin[] = [
  {
    broken: 'checks conditions apart from the commit, so that two writers pass',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const holds: boolean[] = [];
        for (const request of batch) holds.push(await holdsNow(engine, request));
        await turn();
        if (!holds.every(Boolean)) return engine.commit(batch);
        return engine.commit(batch.map((request) => ({ ...request, conditions: [] })));
      },
    }),
    caughtBy: [ONE_WINS, MANY_REVISION],
  },
  {
    broken: 'locks only the streams that it writes',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const holding = await Promise.all(batch.map((request) => holdsNow(engine, request)));
        await turn();
        if (!holding.every(Boolean)) return engine.commit(batch);
        const isOwn = (condition: Condition, { events }: AppendRequest) =>
          !('stream' in condition) || events.some(({ stream }) => stream === condition.stream);
        return engine.commit(
          batch.map((request) => ({
            ...request,
            conditions: request.conditions.filter((one) => isOwn(one, request)),
          })),
        );
      },
    }),
    caughtBy: [BESIDE],
  },
  {
    broken: 'looks command ids up apart from the commit',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const known = await Promise.all(
          batch.map(({ commandId = '' }) => engine.findCommand(commandId)),
        );
        await turn();
        if (known.some((receipt) => receipt !== undefined)) return engine.commit(batch);
        return engine.commit(batch.map(({ commandId: _, ...request }) => request));
      },
    }),
    caughtBy: [ONE_STORES, MANY_COMMAND],
  },
  {
    broken: 'checks queries apart from the commit, so that two writers take one tag',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const free = [];
        for (const { conditions } of batch) {
          for (const condition of conditions) {
            if ('stream' in condition) continue;
            const { nothingMatches: query, after } = condition;
            free.push((await engine.readLog({ after, limit: 1, query })).events.length === 0);
          }
        }
        await turn();
        if (!free.every(Boolean)) return engine.commit(batch);
        return engine.commit(batch.map((request) => ({ ...request, conditions: [] })));
      },
    }),
    caughtBy: [MANY_TAG],
  },
  {
    broken: 'locks the streams that it writes, which a query does not care for',
    sabotage: requests((request) => ({
      ...request,
      conditions: request.conditions.filter(
        (condition) =>
          'stream' in condition ||
          !request.events.some((event) => matches(condition.nothingMatches, event)),
      ),
    })),
    caughtBy: [MANY_TAG],
  },
  {
    broken: 'takes a condition that looks at no stream for one that holds',
    sabotage: requests((request) => ({
      ...request,
      conditions: request.conditions.filter(
        (condition) => !('stream' in condition) || condition.revision !== 'some',
      ),
    })),
    caughtBy: [CONTRADICT],
  },
  {
    broken: 'shows an event before one that stands below it',
    sabotage: (engine) => {
      const late = new Set<bigint>();
      return {
        readLog: async (page) => {
          const found = await engine.readLog(page);
          const isLate = ({ position }: Recorded) => position % 5n === 0n && !late.has(position);
          const hidden = found.events.filter(isLate);
          for (const { position } of hidden) late.add(position);
          return { ...found, events: found.events.filter((event) => !hidden.includes(event)) };
        },
      };
    },
    caughtBy: [BESIDE_WRITERS],
  },
  {
    broken: 'says that it has scanned further than what it shows, while others write',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        const head = await engine.head();
        return { ...found, scannedTo: furthest(head, found.scannedTo) };
      },
    }),
    caughtBy: [BESIDE_WRITERS],
  },
  {
    broken: 'looks where the log ends after it has looked for what matches',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        if (page.query === undefined || found.events.length === page.limit) return found;
        await turn();
        return { ...found, scannedTo: furthest(await engine.head(), page.after) };
      },
    }),
    caughtBy: (['categories', 'types', 'tags'] as const).map(missesNothing),
  },
  {
    broken: 'looks for a gap between the events of a page only',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const events: Recorded[] = [];
        for (let after = page.after; events.length < page.limit; after += 1n) {
          const next = await engine.readLog({ ...page, after, limit: 1 }).catch(() => undefined);
          if (next === undefined || next.events.length === 0) break;
          events.push(...next.events);
        }
        return { events, scannedTo: events.at(-1)?.position ?? page.after };
      },
    }),
    caughtBy: [LOG_LOST],
  },
  {
    broken: 'leaves out what it cannot read',
    sabotage: (engine) => ({
      async *readStream(stream, range) {
        try {
          for await (const page of engine.readStream(stream, range)) yield page;
        } catch {
          // As if the stream ended here.
        }
      },
      readLog: async (page) => {
        const scannedTo = await engine.head();
        return engine.readLog(page).catch(() => ({ events: [], scannedTo }));
      },
    }),
    caughtBy: [CHANGED, LOST, LOG_LOST, FIRST_LOST],
  },
  {
    broken: 'says that it did not answer when what is stored is damaged',
    sabotage: (engine) => ({
      async *readStream(stream, range) {
        try {
          for await (const page of engine.readStream(stream, range)) yield page;
        } catch (cause) {
          throw new Fault('STORE_UNAVAILABLE', 'could not read', { cause });
        }
      },
    }),
    caughtBy: [CHANGED, LOST],
  },
];
