import type { AppendRequest, EventEngine } from '@tidemark/core';
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
  'accepts what is wrong': (engine) => ({
    commit: async (batch) => engine.commit(batch).catch(() => []),
  }),
};

const repeatWith = 'npm test -- store-model';

test('a random history over an engine and itself differs nowhere, also reopened', async () => {
  const storage = createMemoryStorage();
  const open = async () => createMemoryEventEngine({ storage });
  const model = createMemoryEventEngine();
  const counts = await runStoreModel({ seed: 1, steps: 300, model, open, repeatWith });
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(5);
});

test.each(Object.entries(TWINS))('an engine that %s is found by it', async (_, sabotage) => {
  const storage = createMemoryStorage();
  const open = async () => {
    const engine = createMemoryEventEngine({ storage });
    return { ...engine, ...sabotage(engine) };
  };
  const run = { seed: 1, steps: 300, model: createMemoryEventEngine(), open, repeatWith };
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
