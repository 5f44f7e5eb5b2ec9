import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import {
  modelSeeds,
  type PostgresServer,
  runReadModelModel,
  runStoreModel,
  startPostgres,
} from '@tidemark/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';
import { openPostgresReadModels } from '../src/read-models.ts';

const STEPS = Number(process.env.MODEL_STEPS ?? 60);
const repeatWith = `MODEL_STEPS=${STEPS} npm test -- packages/store-postgres/test/model`;
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

test.each(modelSeeds(6))(
  'PostgreSQL answers a random history as memory does (SEED=%i)',
  async (seed) => {
    const open = () => createPostgresEventEngine({ url: server.url, schema: `log_${seed}` });
    const model = createMemoryEventEngine();
    const run = { seed, steps: STEPS, model, open, beside: true, repeatWith } as const;
    const counts = await runStoreModel(run);
    expect(counts.appended).toBeGreaterThan(0);
  },
);

test.each(modelSeeds(6))('PostgreSQL keeps random rows as memory does (SEED=%i)', async (seed) => {
  const open = () => openPostgresReadModels({ url: server.url, schema: `rows_${seed}` });
  const model = createMemoryReadModels();
  await runReadModelModel({ seed, steps: STEPS, model, open, repeatWith });
});
