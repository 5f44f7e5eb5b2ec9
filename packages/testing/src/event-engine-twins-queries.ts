import { matches, type QueryAlternative, type Recorded } from '@tidemark/core';
import { conditionOn, type QueryShape, readBy } from './event-engine-contract-queries.ts';
import {
  answers,
  type BreakEngine,
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

/** Asks another question than it was asked. */
const asking = (change: (alternative: QueryAlternative) => QueryAlternative): BreakEngine =>
  queriesBy((query, event) => matches(query.map(change), event));

/** Compares one part of an alternative in its own way, the others as they should be. */
const comparing = (compare: (alternative: QueryAlternative, event: Recorded) => boolean) =>
  queriesBy((query, event) => query.some((alternative) => compare(alternative, event)));

const without =
  (part: keyof QueryAlternative) =>
  ({ [part]: _, ...others }: QueryAlternative): QueryAlternative =>
    others;

/** A query that only those shapes tell from the right one. */
const confused = (
  broken: string,
  sabotage: BreakEngine,
  shapes: readonly QueryShape[],
): EventEngineTwin => ({
  broken,
  sabotage,
  caughtBy: shapes.flatMap((what) => [readBy(what), conditionOn(what)]),
});

const shapeTwins: readonly EventEngineTwin[] = [
  confused(
    'takes a query without alternatives for everything',
    queriesBy((query, event) => query.length === 0 || matches(query, event)),
    ['an empty query'],
  ),
  confused(
    'takes an alternative without parts for nothing',
    queriesBy((query, event) =>
      matches(
        query.filter((alternative) => Object.keys(alternative).length > 0),
        event,
      ),
    ),
    ['an alternative without parts'],
  ),
  confused('ignores types', asking(without('types')), [
    'one type',
    'several types',
    'a tag and a type',
    'a category, a type and tags together',
    'two alternatives',
    'alternatives of different parts',
  ]),
  confused('ignores categories', asking(without('categories')), [
    'one category',
    'several categories',
    'an unknown category',
    'a tag and a category',
    'alternatives of different parts',
  ]),
  confused('ignores tags', asking(without('tags')), [
    'one tag',
    'two tags, of which both must match',
    'the same tags in the other order',
    'a tag and a type',
    'a tag and a category',
    'a tag that is the beginning of another',
    'two alternatives',
    'alternatives that overlap',
    'alternatives of different parts',
  ]),
  confused(
    'takes the first type only',
    asking(({ types, ...others }) => ({ ...others, ...(types && { types: types.slice(0, 1) }) })),
    ['several types'],
  ),
  confused(
    'takes an empty list of types or categories for any',
    asking((alternative) =>
      Object.fromEntries(Object.entries(alternative).filter(([, list]) => list.length > 0)),
    ),
    ['an empty list of types', 'an empty list of categories'],
  ),
  confused(
    'takes an empty list of tags for none',
    queriesBy((query, event) =>
      matches(
        query.filter(({ tags }) => tags === undefined || tags.length > 0),
        event,
      ),
    ),
    ['an empty list of tags'],
  ),
  confused(
    'finds a category by the beginning of the name of a stream',
    comparing(
      (alternative, event) =>
        matches([without('categories')(alternative)], event) &&
        (alternative.categories?.some((category) => event.stream.startsWith(category)) ?? true),
    ),
    ['one category', 'an unknown category', 'a tag and a category'],
  ),
  confused(
    'finds a tag by its beginning',
    comparing(
      (alternative, event) =>
        matches([without('tags')(alternative)], event) &&
        (alternative.tags ?? []).every((tag) => event.tags?.some((had) => had.startsWith(tag))),
    ),
    ['a tag that is the beginning of another'],
  ),
  confused(
    'is content with any of the tags',
    queriesBy((query, event) =>
      query.some((alternative) =>
        (alternative.tags ?? []).length === 0
          ? matches([alternative], event)
          : alternative.tags?.some((tag) => matches([{ ...alternative, tags: [tag] }], event)),
      ),
    ),
    [
      'two tags, of which both must match',
      'the same tags in the other order',
      'a category, a type and tags together',
    ],
  ),
  confused(
    'wants tags to stand in the order in which they were written',
    comparing(
      (alternative, event) =>
        matches([alternative], event) &&
        isSorted((alternative.tags ?? []).map((tag) => event.tags?.indexOf(tag) ?? -1)),
    ),
    ['the same tags in the other order'],
  ),
  confused(
    'counts the tags that match, so that one named twice matches too few',
    comparing(({ tags = [], ...others }, event) => {
      const found = (event.tags ?? []).filter((tag) => tags.includes(tag));
      return matches([others], event) && found.length === tags.length;
    }),
    ['one tag, named twice'],
  ),
  confused(
    'is content with any part of an alternative',
    queriesBy((query, event) =>
      query.some((alternative) =>
        Object.keys(alternative).length === 0
          ? true
          : Object.entries(alternative).some(([part, list]) => matches([{ [part]: list }], event)),
      ),
    ),
    ['a tag and a type', 'a tag and a category', 'a category, a type and tags together'],
  ),
  confused(
    'looks at the first alternative only',
    queriesBy((query, event) => matches(query.slice(0, 1), event)),
    ['two alternatives'],
  ),
  {
    broken: 'looks at the last alternative only',
    sabotage: queriesBy((query, event) => matches(query.slice(-1), event)),
    caughtBy: [
      ...[readBy('two alternatives'), readBy('alternatives that overlap')],
      ...[conditionOn('alternatives that overlap'), readBy('alternatives of different parts')],
      conditionOn('alternatives of different parts'),
    ],
  },
  {
    broken: 'answers an event once for each alternative that it matches',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        const times = (event: Recorded) =>
          page.query?.filter((alternative) => matches([alternative], event)) ?? [{}];
        return { ...found, events: found.events.flatMap((e) => times(e).map(() => e)) };
      },
    }),
    caughtBy: [readBy('alternatives that overlap')],
  },
];

const boundaryTwins: readonly EventEngineTwin[] = [
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

function isSorted(places: readonly number[]): boolean {
  return places.every((place, at) => at === 0 || place > (places[at - 1] ?? -1));
}

/** Queries as conditions and as filters of the log. */
export const queryTwins: readonly EventEngineTwin[] = [...shapeTwins, ...boundaryTwins];
