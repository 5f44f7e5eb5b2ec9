import { matches, type QueryAlternative, type Recorded } from '@tidemark/core';
import { conditionOn, type QueryShape, readBy } from './event-engine-contract-queries.ts';
import { boundaryTwins } from './event-engine-twins-boundaries.ts';
import {
  asking,
  type BreakEngine,
  comparing,
  type EventEngineTwin,
  queriesBy,
} from './event-engine-twins-sabotage.ts';

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

function isSorted(places: readonly number[]): boolean {
  return places.every((place, at) => at === 0 || place > (places[at - 1] ?? -1));
}

/** Queries as conditions and as filters of the log. */
export const queryTwins: readonly EventEngineTwin[] = [...shapeTwins, ...boundaryTwins];
