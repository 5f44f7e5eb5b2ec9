import type { AppendRequest, EventEngine, StreamCondition } from '@tidemark/core';
import {
  answers,
  conditionsWhere,
  type EventEngineTwin,
  eventsRead,
  holdsNow,
  lastOf,
  requests,
} from './event-engine-twins-sabotage.ts';

const NUMBERED = 'an expected revision holds only when it is the last one';
const MISSING = 'an expected revision conflicts with a stream that does not exist';
const IMPOSSIBLE =
  'an expected revision that no stream can have conflicts with any, and nothing is stored';
const NONE = 'the condition "none" conflicts with a stream that exists, naming its last revision';
const SOME =
  'the condition "some" holds for any stream that exists and conflicts with one that does not';
const ELSEWHERE = 'a condition may look at a stream that the append does not write';
const SEVERAL = 'of several conditions the conflict names the one that does not hold';
const WHOLE = 'an append over several streams is all or nothing';
const EACH = 'in a batch each request has its own answer, and a conflict touches only itself';
const NO_GAPS = 'positions count from 1 in commit order and have no gap, also behind conflicts';

const conditionTwins: readonly EventEngineTwin[] = [
  {
    broken: 'ignores all conditions',
    sabotage: conditionsWhere(() => false),
    caughtBy: [NONE, NUMBERED, MISSING, SOME, ELSEWHERE, SEVERAL],
  },
  {
    broken: 'ignores conditions on streams that the append does not write',
    sabotage: conditionsWhere(
      (condition, { events }) =>
        !('stream' in condition) || events.some(({ stream }) => stream === condition.stream),
    ),
    caughtBy: [ELSEWHERE],
  },
  {
    broken: 'checks only the first condition',
    sabotage: conditionsWhere((_condition, _request, place) => place === 0),
    caughtBy: [SEVERAL, WHOLE],
  },
  {
    broken: 'names the first condition whichever does not hold',
    sabotage: answers((result, { conditions: [first] }) =>
      result.kind === 'conflict' && first !== undefined ? { ...result, condition: first } : result,
    ),
    caughtBy: [SEVERAL],
  },
  {
    broken: 'names the number of events in a conflict instead of the last revision',
    sabotage: answers((result) =>
      result.kind === 'conflict' && typeof result.actual === 'number'
        ? { ...result, actual: result.actual + 1 }
        : result,
    ),
    caughtBy: [NONE, NUMBERED, ELSEWHERE],
  },
  {
    broken: 'takes an expected revision for the least there must be',
    sabotage: requestsThatHold(async (engine, { stream, revision }) => {
      const last = await lastOf(engine, stream);
      return typeof revision === 'number' && last !== 'none' && last >= revision;
    }),
    caughtBy: [NUMBERED],
  },
  {
    broken: 'takes any expected revision of a stream that does not exist for the beginning',
    sabotage: requestsThatHold(async (engine, { stream, revision }) => {
      return typeof revision === 'number' && (await lastOf(engine, stream)) === 'none';
    }),
    caughtBy: [MISSING],
  },
  {
    broken: 'takes the revision -1 for that of a stream that does not exist',
    sabotage: requestsThatHold(async (engine, { stream, revision }) => {
      return revision === -1 && (await lastOf(engine, stream)) === 'none';
    }),
    caughtBy: [IMPOSSIBLE],
  },
  {
    broken: 'wants a new stream where no condition is given',
    sabotage: requests((request) =>
      request.conditions.length > 0
        ? request
        : {
            ...request,
            conditions: request.events.map(({ stream }) => ({ stream, revision: 'none' })),
          },
    ),
    caughtBy: ['without conditions an append is always accepted'],
  },
  {
    broken: 'counts revisions from 1',
    sabotage: answers((result) =>
      result.kind === 'appended'
        ? {
            ...result,
            revisions: Object.fromEntries(
              Object.entries(result.revisions).map(([stream, last]) => [stream, last + 1]),
            ),
          }
        : result,
    ),
    caughtBy: [
      'a new stream is written under the condition that it does not exist',
      'without conditions an append is always accepted',
    ],
  },
];

const atomicityTwins: readonly EventEngineTwin[] = [
  {
    broken: 'stores the first event of an append that conflicts',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const results = await engine.commit(batch);
        for (const [place, result] of results.entries()) {
          const first = batch[place]?.events[0];
          if (result.kind === 'conflict' && first !== undefined) {
            await engine.commit([{ events: [first], conditions: [] }]);
          }
        }
        return results;
      },
    }),
    caughtBy: [WHOLE, EACH, NO_GAPS],
  },
  {
    broken: 'answers only the revision of the last stream it wrote',
    sabotage: answers((result) =>
      result.kind === 'appended'
        ? { ...result, revisions: Object.fromEntries(Object.entries(result.revisions).slice(-1)) }
        : result,
    ),
    caughtBy: ['an append over several streams answers the last revision of each'],
  },
  {
    broken: 'lets one conflict spoil the whole batch',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const holding = await Promise.all(batch.map((request) => holdsNow(engine, request)));
        if (batch.length > 1 && holding.includes(false)) throw new Error('rolled back');
        return engine.commit(batch);
      },
    }),
    caughtBy: [EACH],
  },
  {
    broken: 'looks revisions up once for a batch, so that two of one stream collide',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const streams = batch.flatMap(({ events }) => [...new Set(events.map((e) => e.stream))]);
        if (new Set(streams).size < streams.length) throw new Error('revision is not unique');
        return engine.commit(batch);
      },
    }),
    caughtBy: ['requests of one batch may write one stream when none is conditioned on it'],
  },
  {
    broken: 'answers an empty batch with the answer to nothing',
    sabotage: (engine) => ({
      commit: async (batch) => {
        if (batch.length > 0) return engine.commit(batch);
        return [{ kind: 'appended', position: await engine.head(), revisions: {} }];
      },
    }),
    caughtBy: ['an empty batch answers nothing and changes nothing'],
  },
  {
    broken: 'counts positions from 0',
    sabotage: eventsRead((event) => ({ ...event, position: event.position - 1n })),
    caughtBy: [NO_GAPS],
  },
  {
    broken: 'uses up a position for each conflict, as a sequence of a database does',
    sabotage: (engine) => {
      const usedUp: bigint[] = [];
      const shown = (position: bigint) =>
        position + BigInt(usedUp.filter((at) => at < position).length);
      return {
        commit: async (batch) => {
          const results = await engine.commit(batch);
          const head = await engine.head();
          usedUp.push(...results.filter(({ kind }) => kind === 'conflict').map(() => head));
          return results;
        },
        readLog: async (page) => {
          const { events, scannedTo } = await engine.readLog(page);
          const moved = events.map((event) => ({ ...event, position: shown(event.position) }));
          return { events: moved, scannedTo };
        },
      };
    },
    caughtBy: [NO_GAPS],
  },
];

/** Drops the conditions of which `holds` says so, before the engine is asked. */
function requestsThatHold(
  holds: (engine: EventEngine, condition: StreamCondition) => Promise<boolean>,
): EventEngineTwin['sabotage'] {
  const without = async (engine: EventEngine, request: AppendRequest): Promise<AppendRequest> => {
    const conditions = [];
    for (const condition of request.conditions) {
      if (!('stream' in condition) || !(await holds(engine, condition))) conditions.push(condition);
    }
    return { ...request, conditions };
  };
  return (engine) => ({
    commit: async (batch) =>
      engine.commit(await Promise.all(batch.map((request) => without(engine, request)))),
  });
}

/** Conditions on streams, atomicity and positions. */
export const appendTwins: readonly EventEngineTwin[] = [...conditionTwins, ...atomicityTwins];
