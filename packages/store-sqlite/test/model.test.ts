import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { modelSeeds, runReadModelModel, runStoreModel } from '@tidemark/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteEventEngine } from '../src/event-engine.ts';
import { openSqliteReadModels } from '../src/read-model-engine.ts';

const STEPS = Number(process.env.MODEL_STEPS ?? 60);
const repeatWith = `MODEL_STEPS=${STEPS} npm test -- packages/store-sqlite/test/model`;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-model-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each(modelSeeds(12))(
  'SQLite answers a random history as memory does (SEED=%i)',
  async (seed) => {
    const path = join(folder, 'events.db');
    const open = () => createSqliteEventEngine(path);
    const model = createMemoryEventEngine();
    const run = { seed, steps: STEPS, model, open, beside: true, repeatWith } as const;
    const counts = await runStoreModel(run);
    expect(counts.appended).toBeGreaterThan(0);
  },
);

test.each(modelSeeds(12))('SQLite keeps random rows as memory does (SEED=%i)', async (seed) => {
  const open = () => openSqliteReadModels(join(folder, 'rows.db'));
  const model = createMemoryReadModels();
  await runReadModelModel({ seed, steps: STEPS, model, open, repeatWith });
});
