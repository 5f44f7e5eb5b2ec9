import { type AppendRequest, type Condition, type EventEngine, matches } from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryReadModels,
  createMemoryStorage,
} from '@tidemark/store-memory';
import { expect, test } from 'vitest';
import { runStoreModel } from './store-model.ts';
import { createRandom } from './store-model-random.ts';
import { runReadModelModel } from './store-model-read-models.ts';

const TWINS: Readonly<Record<string, (engine: EventEngine) => Partial<EventEngine>>> = {
  'forgets command ids': (engine) => ({
    commit: (batch) => engine.commit(batch.map(({ commandId: _, ...rest }) => rest)),
  }),
  'forgets fingerprints': (engine) => ({
    commit: (batch) => engine.commit(batch.map(({ fingerprint: _, ...rest }) => rest)),
  }),
  'ignores conditions on queries': (engine) => ({
    commit: (batch) =>
      engine.commit(
        batch.map((request: AppendRequest) => ({
          ...request,
          conditions: request.conditions.filter((condition) => 'stream' in condition),
        })),
      ),
  }),
  'reads a stream one event short': (engine) => ({
    readStream: async function* (stream, range = {}) {
      for await (const page of engine.readStream(stream, range)) yield page.slice(0, -1);
    },
  }),
  'looks at the first alternative of a query only': (engine) => ({
    readLog: ({ query, ...page }) =>
      engine.readLog(query === undefined ? page : { ...page, query: query.slice(0, 1) }),
  }),
  'remembers how long streams are that it has read': (engine) => {
    const lasts = new Map<string, number>();
    return {
      readStream: async function* (stream, range = {}) {
        const last = lasts.get(stream);
        for await (const page of engine.readStream(stream, range)) {
          const shown = page.filter(({ revision }) => last === undefined || revision <= last);
          if (shown.length > 0) yield shown;
          if (range.upTo === undefined) lasts.set(stream, last ?? page.at(-1)?.revision ?? 0);
        }
      },
      commit: async (batch) => {
        for (const { stream } of batch.flatMap(({ events }) => events)) lasts.delete(stream);
        return engine.commit(batch);
      },
    };
  },
  'accepts what is wrong': (engine) => ({
    commit: async (batch) => engine.commit(batch).catch(() => []),
  }),
};

/** In 500 steps; what comes less often is met by hardly any run of 60. */
const SELDOM = 2;
const repeatWith = 'npm test -- store-model';

test('a random history over an engine and itself differs nowhere, also reopened', async () => {
  const storage = createMemoryStorage();
  const open = async () => createMemoryEventEngine({ storage });
  const model = createMemoryEventEngine();
  const run = { seed: 1, steps: 300, model, open, beside: true, repeatWith } as const;
  const counts = await runStoreModel(run);
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(5);
});

test('a random history comes to every kind of answer, again and again', async () => {
  const times = new Map<string, number>();
  const count = (what: string) => times.set(what, (times.get(what) ?? 0) + 1);
  const engine = createMemoryEventEngine();
  const model: EventEngine = {
    ...engine,
    commit: async (batch) => {
      const results = await engine.commit(batch);
      for (const [place, result] of results.entries()) {
        const { events, conditions, fingerprint } = batch[place] as AppendRequest;
        const kindOf = (one: Condition): string => {
          if (!('stream' in one)) return `a query of ${one.nothingMatches.length}`;
          const own = events.some(({ stream }) => stream === one.stream);
          return `${typeof one.revision === 'number' ? 'a revision' : one.revision}, ${own ? 'own' : 'other'}`;
        };
        if (result.kind === 'conflict') count(`conflict: ${kindOf(result.condition)}`);
        else if (result.kind === 'appended') {
          for (const one of conditions) count(`holds: ${kindOf(one)}`);
          if (events.some(({ tags = [] }) => new Set(tags).size < tags.length))
            count('a tag twice');
        } else count(`duplicate: ${result.first.fingerprint === fingerprint ? 'same' : 'other'}`);
      }
      const kinds = new Set(results.map(({ kind }) => kind));
      if (kinds.size > 1) count(`a batch: ${[...kinds].sort().join(' and ')}`);
      return results;
    },
    readLog: async (page) => {
      const found = await engine.readLog(page);
      const { query } = page;
      const what = query === undefined ? 'all' : `a query of ${query.length}`;
      count(`${found.events.length === 0 ? 'nothing' : 'something'} of ${what}`);
      const several = query?.filter((one) => found.events.some((event) => matches([one], event)));
      if (several !== undefined && several.length > 1) count('several alternatives match');
      return found;
    },
    findCommand: async (id) => {
      const receipt = await engine.findCommand(id);
      count(receipt === undefined ? 'no command' : 'a command');
      return receipt;
    },
  };
  const storage = createMemoryStorage();
  const open = async () => createMemoryEventEngine({ storage });
  await runStoreModel({ seed: 1, steps: 500, model, open, beside: true, repeatWith });
  const conditions = ['none, own', 'none, other', 'some, own', 'some, other', 'a revision, own'];
  conditions.push('a revision, other', 'a query of 1', 'a query of 2', 'a query of 3');
  const wanted = [
    ...conditions.flatMap((one) => [`holds: ${one}`, `conflict: ${one}`]),
    ...['duplicate: same', 'duplicate: other', 'a command', 'no command', 'a tag twice'],
    ...['appended and conflict', 'appended and duplicate'].map((kinds) => `a batch: ${kinds}`),
    ...['nothing of all', 'something of all', 'nothing of a query of 0'],
    ...[1, 2, 3].flatMap((n) => [`nothing of a query of ${n}`, `something of a query of ${n}`]),
    'several alternatives match',
  ];
  expect(wanted.filter((what) => (times.get(what) ?? 0) < SELDOM)).toEqual([]);
});

test.each(Object.entries(TWINS))('an engine that %s is found by it', async (_, sabotage) => {
  const storage = createMemoryStorage();
  const open = async () => {
    const engine = createMemoryEventEngine({ storage });
    return { ...engine, ...sabotage(engine) };
  };
  const model = createMemoryEventEngine();
  const run = { seed: 1, steps: 300, model, open, beside: true, repeatWith } as const;
  await expect(runStoreModel(run)).rejects.toThrow('SEED=1 npm test -- store-model');
});

test('read models that lose a row of a page are found by a random history', async () => {
  const open = async () => {
    const engine = createMemoryReadModels();
    return {
      ...engine,
      open: async <Row extends object>(shape: Parameters<typeof engine.open<Row>>[0]) => {
        const table = await engine.open<Row>(shape);
        const find: typeof table.find = async (request) => {
          const page = await table.find(request);
          return request.order === 'descending' ? { ...page, items: page.items.slice(1) } : page;
        };
        return { ...table, find };
      },
    };
  };
  const run = { seed: 1, steps: 60, model: createMemoryReadModels(), open, repeatWith };
  await expect(runReadModelModel(run)).rejects.toThrow('differs');
});

test('random numbers are the same for the same seed and others for another', () => {
  const draw = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => random.whole(1, 6));
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(new Set(draw(7)).size).toBe(6);
});
