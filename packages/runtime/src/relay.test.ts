import type { BusMessage } from '@tidemark/core';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { newEvents } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { counterCodec } from '../test/counter.ts';
import { until } from '../test/turns.ts';
import { createFeed } from './feed.ts';
import { createRelay } from './relay.ts';

async function setUp() {
  const engine = createMemoryEventEngine();
  const { checkpoints } = createMemoryReadModels();
  const published: BusMessage[] = [];
  let failures = 0;
  const feed = createFeed({
    service: 'counters',
    store: engine,
    codec: counterCodec,
    out: () => [],
  });
  const relay = createRelay({
    feed,
    topics: ['counters.log'],
    checkpoints,
    publish: async (batch) => {
      published.push(...batch);
      if (failures > 0) {
        failures -= 1;
        throw new Error('the broker did not confirm');
      }
    },
  });
  const add = (count: number) =>
    engine.commit([{ events: newEvents('counter-1', count), conditions: [] }]);
  const revisions = () => published.map(({ data }) => data.revision);
  const fail = (times: number) => {
    failures = times;
  };
  return { relay, checkpoints, add, revisions, fail };
}

test('a relay publishes what is there and what comes, in log order', async () => {
  const { relay, checkpoints, add, revisions } = await setUp();
  const stop = new AbortController();
  await add(700);
  const ended = relay.run(stop.signal);
  await until(() => revisions().length === 700);
  await add(1);
  await until(async () => (await checkpoints.load('relay/counters')) === 701n);
  expect(revisions()).toEqual(Array.from({ length: 701 }, (_, revision) => revision));
  stop.abort();
  await ended;
});

test('a relay started again goes on behind what was confirmed, and repeats what was not', async () => {
  const { relay, checkpoints, add, revisions, fail } = await setUp();
  await add(2);
  fail(1);
  await expect(relay.run(new AbortController().signal)).rejects.toThrow('did not confirm');
  expect(await checkpoints.load('relay/counters')).toBe(0n);
  const stop = new AbortController();
  const ended = relay.run(stop.signal);
  await until(() => revisions().length === 4);
  await add(1);
  await until(() => revisions().length === 5);
  expect(revisions()).toEqual([0, 1, 0, 1, 2]);
  stop.abort();
  await ended;
});
