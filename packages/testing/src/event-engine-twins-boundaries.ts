import { matches } from '@tidemark/core';
import { conditionOn } from './event-engine-contract-queries.ts';
import {
  answers,
  asking,
  comparing,
  conditionsWhere,
  type EventEngineTwin,
  newEventsBy,
  queriesBy,
  requests,
} from './event-engine-twins-sabotage.ts';

const SINCE = 'a query condition sees what was appended since the position it was read at';
const OWN = 'an event does not conflict with the condition of its own append';
const TOGETHER = 'stream and query conditions hold together or not at all';
const APART = 'tags that agree in part or hold signs of SQL and JSON are kept apart';

const BEHIND_END = 'a query condition holds behind the end of the log, however far';
const THOUSANDS =
  'a query of thousands of alternatives is answered as one of few, also one of thousands of tags';
const UNKEEPABLE = 'a query for what no event can have finds nothing';

const toUtf8 = (text: string): string => Buffer.from(text).toString();

/** Conditions on queries, and queries at their limits. */
export const boundaryTwins: readonly EventEngineTwin[] = [
  {
    broken: 'ignores query conditions',
    sabotage: conditionsWhere((condition) => 'stream' in condition),
    caughtBy: [SINCE, TOGETHER, APART, conditionOn('one tag')],
  },
  {
    broken: 'ignores conditions on streams beside a query condition',
    sabotage: conditionsWhere(
      (condition, { conditions }) =>
        'nothingMatches' in condition || conditions.every((one) => 'stream' in one),
    ),
    caughtBy: [TOGETHER],
  },
  {
    broken: 'sees the position itself that a query condition was read at',
    sabotage: requests((request) => ({
      ...request,
      conditions: request.conditions.map((condition) =>
        'stream' in condition || condition.after === 0n
          ? condition
          : { ...condition, after: condition.after - 1n },
      ),
    })),
    caughtBy: [SINCE, TOGETHER],
  },
  {
    broken: 'misses the first event behind the position of a query condition',
    sabotage: requests((request) => ({
      ...request,
      conditions: request.conditions.map((condition) =>
        'stream' in condition ? condition : { ...condition, after: condition.after + 1n },
      ),
    })),
    caughtBy: [TOGETHER, conditionOn('one type')],
  },
  {
    broken: 'checks query conditions after it has written',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const own = batch.flatMap(({ events, conditions }) =>
          conditions.filter(
            (condition) =>
              'nothingMatches' in condition &&
              events.some((event) => matches(condition.nothingMatches, event)),
          ),
        );
        const [condition] = own;
        if (condition === undefined) return engine.commit(batch);
        return [{ kind: 'conflict', condition, actual: (await engine.head()) + 1n }];
      },
    }),
    caughtBy: [OWN],
  },
  {
    broken: 'keeps the position of a query condition in 32 bits',
    sabotage: requests((request) => ({
      ...request,
      conditions: request.conditions.map((condition) =>
        'stream' in condition ? condition : { ...condition, after: condition.after % 2n ** 32n },
      ),
    })),
    caughtBy: [BEHIND_END],
  },
  {
    broken: 'looks at the first hundred alternatives of a query',
    sabotage: queriesBy((query, event) => matches(query.slice(0, 100), event)),
    caughtBy: [THOUSANDS],
  },
  {
    broken: 'looks at the first hundred types of an alternative',
    sabotage: asking(({ types, ...others }) => ({
      ...others,
      ...(types && { types: types.slice(0, 100) }),
    })),
    caughtBy: [THOUSANDS],
  },
  {
    broken: 'looks at the first sixteen tags of an alternative',
    sabotage: asking(({ tags, ...others }) => ({
      ...others,
      ...(tags && { tags: tags.slice(0, 16).filter((tag) => !tag.startsWith('none:')) }),
    })),
    caughtBy: [THOUSANDS],
  },
  {
    broken: 'asks in UTF-8, where half a character becomes the sign for what is unreadable',
    sabotage: asking((alternative) =>
      Object.fromEntries(
        Object.entries(alternative).map(([part, list]) => [part, list.map(toUtf8)]),
      ),
    ),
    caughtBy: [UNKEEPABLE],
  },
  {
    broken: 'cannot ask for a text with a NUL in it',
    sabotage: (engine) => ({
      readLog: async (page) => {
        if (JSON.stringify(page.query ?? []).includes('\\u0000')) throw new Error('invalid byte');
        return engine.readLog(page);
      },
    }),
    caughtBy: [UNKEEPABLE],
  },
  {
    broken: 'names the position behind the event that matches',
    sabotage: answers((result) =>
      result.kind === 'conflict' && typeof result.actual === 'bigint'
        ? { ...result, actual: result.actual + 1n }
        : result,
    ),
    caughtBy: [SINCE, TOGETHER, APART, conditionOn('one type')],
  },
  {
    broken: 'compares tags without case',
    sabotage: comparing(({ tags = [], ...others }, event) => {
      const lower = (given: readonly string[] = []) => given.map((tag) => tag.toLowerCase());
      return matches([others], event) && lower(tags).every((t) => lower(event.tags).includes(t));
    }),
    caughtBy: [APART],
  },
  {
    broken: 'takes a tag for a pattern',
    sabotage: comparing(({ tags = [], ...others }, event) => {
      const like = (tag: string) =>
        new RegExp(
          `^${tag
            .replace(/[\\[\]]/g, '\\$&')
            .replace('%', '.*')
            .replace('_', '.')}$`,
        );
      const fits = (tag: string) => (event.tags ?? []).some((had) => like(tag).test(had));
      return matches([others], event) && tags.every(fits);
    }),
    caughtBy: [APART],
  },
  {
    broken: 'keeps tags as one text, with commas between them',
    sabotage: newEventsBy((event) => ({
      ...event,
      ...(event.tags && { tags: event.tags.join(',').split(',') }),
    })),
    caughtBy: [APART],
  },
];
