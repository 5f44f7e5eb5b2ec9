import { matches, type NewEvent, type Query } from '@tidemark/core';
import { expect } from 'vitest';
import { appendOf, newEvent } from './event-builders.ts';
import {
  commitOne,
  type EventEngineCase,
  readWholeLog,
  store,
} from './event-engine-contract-case.ts';

/** Positions 1 to 6. */
const HISTORY: readonly NewEvent[] = [
  newEvent('seat-4A', { type: 'SeatTaken', tags: ['seat:4A', 'flight:7'] }),
  newEvent('seat-4B', { type: 'SeatTaken', tags: ['seat:4B', 'flight:7'] }),
  newEvent('seat-4A', { type: 'SeatFreed', tags: ['seat:4A', 'flight:7'] }),
  newEvent('meal-1', { type: 'MealChosen', tags: ['flight:7'] }),
  newEvent('meal-2', { type: 'MealChosen' }),
  newEvent('seatmap-1', { type: 'SeatTaken', tags: ['seat:4A'] }),
];

/** More than a statement of a database takes as variables, levels or joins. */
const MANY = 3_000;

/** Each shape of query, and the positions in the history that it names. */
const QUERIES = [
  ['an empty query', [], []],
  ['an alternative without parts', [{}], [1n, 2n, 3n, 4n, 5n, 6n]],
  ['one type', [{ types: ['SeatFreed'] }], [3n]],
  ['several types', [{ types: ['SeatFreed', 'MealChosen'] }], [3n, 4n, 5n]],
  ['an empty list of types', [{ types: [] }], []],
  ['one category', [{ categories: ['seat'] }], [1n, 2n, 3n]],
  ['several categories', [{ categories: ['seatmap', 'meal'] }], [4n, 5n, 6n]],
  ['an unknown category', [{ categories: ['sea'] }], []],
  ['one tag', [{ tags: ['seat:4A'] }], [1n, 3n, 6n]],
  ['two tags, of which both must match', [{ tags: ['seat:4A', 'flight:7'] }], [1n, 3n]],
  ['the same tags in the other order', [{ tags: ['flight:7', 'seat:4A'] }], [1n, 3n]],
  ['a tag that is the beginning of another', [{ tags: ['seat:4'] }], []],
  ['an empty list of tags', [{ tags: [], types: ['SeatFreed'] }], [3n]],
  ['a tag and a type', [{ tags: ['seat:4A'], types: ['SeatTaken'] }], [1n, 6n]],
  ['a tag and a category', [{ tags: ['seat:4A'], categories: ['seat'] }], [1n, 3n]],
  ['two alternatives', [{ tags: ['seat:4B'] }, { types: ['MealChosen'] }], [2n, 4n, 5n]],
  [
    'alternatives that overlap',
    [{ tags: ['seat:4A'] }, { tags: ['flight:7'] }],
    [1n, 2n, 3n, 4n, 6n],
  ],
  ['an empty list of categories', [{ categories: [], tags: ['seat:4A'] }], []],
  ['one tag, named twice', [{ tags: ['seat:4B', 'seat:4B'] }], [2n]],
  [
    'a category, a type and tags together',
    [{ categories: ['seat'], types: ['SeatTaken'], tags: ['seat:4A', 'flight:7'] }],
    [1n],
  ],
  [
    'alternatives of different parts',
    [{ categories: ['meal'], tags: ['flight:7'] }, { types: ['SeatFreed'] }, { tags: ['x:1'] }],
    [3n, 4n],
  ],
] as const satisfies readonly (readonly [string, Query, readonly bigint[]])[];

/** A shape of query. */
export type QueryShape = (typeof QUERIES)[number][0];

/** Names of the cases that ask with this shape: as a filter of the log, and as a condition. */
export const readBy = (what: QueryShape) =>
  `reading the log by ${what} finds exactly the events that match` as const;
export const conditionOn = (what: QueryShape) =>
  `the condition that nothing matches ${what} conflicts when something does, naming its position` as const;

const SHAPES: readonly (readonly [QueryShape, Query, readonly bigint[]])[] = QUERIES;

const shapeCases = SHAPES.flatMap(([what, query, positions]): readonly EventEngineCase[] => [
  {
    name: readBy(what),
    ...(hasTags(query) ? { capability: 'queries' } : {}),
    run: async ({ engine }) => {
      await store(engine, appendOf(HISTORY));
      expect(HISTORY.flatMap((e, n) => (matches(query, e) ? [BigInt(n + 1)] : []))).toEqual(
        positions,
      );
      for (const limit of [1, 2, 100]) {
        const found = await readWholeLog(engine, { query, limit });
        expect(found.map((event) => event.position)).toEqual(positions);
      }
    },
  },
  {
    name: conditionOn(what),
    capability: 'queries',
    run: async ({ engine }) => {
      await store(engine, appendOf(HISTORY));
      for (let after = 0n; after <= 6n; after += 1n) {
        const condition = { nothingMatches: query, after } as const;
        const conflicting = positions.filter((position) => position > after);
        const request = appendOf([newEvent('other-1', { type: 'Noted' })], [condition]);
        const result = await commitOne(engine, request);
        // What was accepted is found by a query for everything, so the log ends there.
        if (result.kind === 'appended') {
          expect(conflicting).toEqual([]);
          return;
        }
        expect(result).toMatchObject({ kind: 'conflict', condition });
        expect(result.kind === 'conflict' && conflicting.includes(result.actual as bigint)).toBe(
          true,
        );
      }
    },
  },
]);

const boundaryCases: readonly EventEngineCase[] = [
  {
    name: 'a query condition sees what was appended since the position it was read at',
    capability: 'queries',
    run: async ({ engine }) => {
      const nothingMatches = [{ tags: ['seat:4A'] }];
      const take = () =>
        appendOf(
          [newEvent('booking-1', { type: 'SeatTaken', tags: ['seat:4A'] })],
          [{ nothingMatches, after: 0n }],
        );
      await store(engine, appendOf([newEvent('booking-9', { tags: ['seat:4B'] })]));
      await store(engine, take());
      expect(await commitOne(engine, take())).toMatchObject({ kind: 'conflict', actual: 2n });
      const later = appendOf([newEvent('booking-2')], [{ nothingMatches, after: 2n }]);
      await store(engine, later);
    },
  },
  {
    name: 'an event does not conflict with the condition of its own append',
    capability: 'queries',
    run: async ({ engine }) => {
      const own = appendOf(
        [newEvent('booking-1', { tags: ['a:1'] }), newEvent('booking-1', { tags: ['a:1'] })],
        [{ nothingMatches: [{ tags: ['a:1'] }], after: 0n }],
      );
      expect((await store(engine, own)).position).toBe(2n);
    },
  },
  {
    name: 'stream and query conditions hold together or not at all',
    capability: 'queries',
    run: async ({ engine }) => {
      await store(engine, appendOf(HISTORY));
      const broken = { nothingMatches: [{ types: ['SeatFreed'] }], after: 2n };
      const holding = { stream: 'seat-4A', revision: 1 } as const;
      const request = appendOf([newEvent('seat-4A')], [holding, broken]);
      expect(await commitOne(engine, request)).toEqual({
        kind: 'conflict',
        condition: broken,
        actual: 3n,
      });
      const passed = { ...broken, after: 3n };
      const late = { stream: 'seat-4A', revision: 0 } as const;
      expect(await commitOne(engine, appendOf([newEvent('seat-4A')], [passed, late]))).toEqual({
        kind: 'conflict',
        condition: late,
        actual: 1,
      });
      await store(engine, appendOf([newEvent('seat-4A')], [holding, passed]));
    },
  },
  {
    name: 'a query condition holds behind the end of the log, however far',
    capability: 'queries',
    run: async ({ engine }) => {
      await store(engine, appendOf(HISTORY));
      for (const after of [6n, 2n ** 53n, 2n ** 63n]) {
        const conditions = [{ tags: ['seat:4A'] }, { types: ['SeatTaken'] }].map((one) => ({
          nothingMatches: [one],
          after,
        }));
        await store(engine, appendOf([newEvent('other-1', { type: 'Noted' })], conditions));
      }
    },
  },
  {
    name: 'a query of thousands of alternatives is answered as one of few, also one of thousands of tags',
    capability: 'queries',
    run: async ({ engine }) => {
      await store(engine, appendOf(HISTORY));
      const names = Array.from({ length: MANY }, (_, n) => `none:${n}`);
      const queries: readonly (readonly [Query, readonly bigint[]])[] = [
        [[...names.map((name) => ({ tags: [name] })), { tags: ['seat:4B'] }], [2n]],
        [[...names.map((name) => ({ types: [name] })), { types: ['SeatFreed'] }], [3n]],
        [[{ types: [...names, 'SeatFreed'] }], [3n]],
        [[{ tags: ['seat:4B', ...names] }], []],
        [[{ tags: names.map(() => 'seat:4B') }], [2n]],
      ];
      for (const [query, positions] of queries) {
        const found = await readWholeLog(engine, { query });
        expect(found.map(({ position }) => position)).toEqual(positions);
        const condition = { nothingMatches: query, after: 0n };
        const request = appendOf([newEvent('other-1', { type: 'Noted' })], [condition]);
        const [first] = positions;
        expect(await commitOne(engine, request)).toMatchObject(
          first === undefined ? { kind: 'appended' } : { kind: 'conflict', actual: first },
        );
      }
    },
  },
  {
    name: 'a query for what no event can have finds nothing',
    capability: 'queries',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1', { type: '\ufffd', tags: ['\ufffd'] })]));
      for (const text of ['\ud800', 'a\0b', '\u001f', '']) {
        for (const part of ['tags', 'types', 'categories'] as const) {
          expect(await readWholeLog(engine, { query: [{ [part]: [text] }] })).toEqual([]);
        }
        const either = [{ tags: [text] }, { types: ['\ufffd', text] }];
        expect(await readWholeLog(engine, { query: either })).toHaveLength(1);
      }
    },
  },
  {
    name: 'tags that agree in part or hold signs of SQL and JSON are kept apart',
    capability: 'queries',
    run: async ({ engine }) => {
      const tags = ["a'b", 'a"b', 'a%', 'a_', 'a,b', 'ä', 'a\\b', '[]', 'A', 'a'];
      await store(engine, appendOf(tags.map((tag) => newEvent('t-1', { tags: [tag] }))));
      for (const [place, tag] of tags.entries()) {
        const found = await readWholeLog(engine, { query: [{ tags: [tag] }] });
        expect(found.map((event) => event.tags)).toEqual([[tag]]);
        const condition = { nothingMatches: [{ tags: [tag] }], after: 0n };
        expect(await commitOne(engine, appendOf([newEvent('t-2')], [condition]))).toMatchObject({
          actual: BigInt(place + 1),
        });
      }
    },
  },
];

function hasTags(query: Query): boolean {
  return query.some(({ tags }) => tags !== undefined);
}

/** Queries as conditions and as filters of the log. */
export const queryCases: readonly EventEngineCase[] = [...shapeCases, ...boundaryCases];
