import type { EventEngine } from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import {
  actRandomly,
  checkHistory,
  countOutcomes,
  createRandom,
  followLog,
  type HistoryCall,
  modelSeeds,
  type PostgresServer,
  readAll,
  recordCalls,
  startPostgres,
} from '@tidemark/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';

const CLIENTS = 16;
const APPENDS = 1_000;
const [SEED = 0] = modelSeeds(1);
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

test(`two engines that append ${APPENDS} times each, and 3 that follow, see one order (SEED=${SEED})`, async () => {
  const calls: HistoryCall[] = [];
  const open = () => createPostgresEventEngine({ url: server.url, schema: 'history' });
  const [first, ...others] = [await open(), ...(await Promise.all([1, 2, 3, 4].map(open)))];
  const [second, ...readers] = others as [EventEngine, ...EventEngine[]];
  const ended = new AbortController();
  const tails = readers.map((engine) => {
    const store = recordCalls(createEventStore(engine), calls);
    return followLog({ reader: engine, store, writersEnded: ended.signal });
  });
  const writing = [first, second].flatMap((engine, place) => {
    const store = createEventStore(engine);
    return Array.from({ length: CLIENTS }, (_, client) =>
      actRandomly({
        name: `e${place}.${client}`,
        store: recordCalls(store, calls),
        random: createRandom(SEED + place * 1_000 + client),
        appends: Math.ceil(APPENDS / CLIENTS),
      }),
    );
  });
  await Promise.all(writing).finally(() => ended.abort());
  const seen = await Promise.all(tails);

  const log = await readAll(first);
  const positions = log.map(({ position }) => position);
  for (const one of seen) expect(one).toEqual(positions);
  expect(checkHistory(calls, log)).toEqual([]);
  const { appended = 0, conflict = 0, duplicate = 0 } = countOutcomes(calls);
  expect(appended + conflict + duplicate).toBeGreaterThanOrEqual(2 * APPENDS);
  expect(Math.min(appended, conflict, duplicate)).toBeGreaterThan(10);
  for (const engine of [first, ...others]) await engine.close();
});
