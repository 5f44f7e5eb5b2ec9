// The code that the guide shows, run.
import {
  createCodec,
  type EventStore,
  type Logger,
  type MessagesOf,
  type ReadModel,
  type ReadModelEngine,
  storedAs,
} from '@tidemark/core';
import { createEventStore, openReadModel } from '@tidemark/runtime';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { expect, test } from 'vitest';

type StockEvent = MessagesOf<{ Delivered: { pieces: number }; Sold: { pieces: number } }>;

interface StockRow {
  readonly article: string;
  readonly pieces: number;
}

const counted = storedAs({ parse: (data) => ({ pieces: Number(data.pieces) }) });
const stockCodec = createCodec<StockEvent>({ Delivered: counted, Sold: counted });

const stock: ReadModel<StockEvent, StockRow> = {
  name: 'stock',
  version: 1,
  indexes: { by_pieces: ['pieces'] },
  categories: ['article'],
  key: ({ stream }) => [stream],
  evolve: (row, { event }, key) => {
    const before = row?.pieces ?? 0;
    const { pieces } = event.data;
    return {
      article: key,
      pieces: event.type === 'Sold' ? before - pieces : before + pieces,
    };
  },
};

/** As it was before somebody saw that what is sold is gone. */
const wrongStock: typeof stock = {
  ...stock,
  evolve: (row, { event }, key) => ({
    article: key,
    pieces: (row?.pieces ?? 0) + event.data.pieces,
  }),
};

/** Also tells how often an article was sold. */
const stockWithSales: ReadModel<StockEvent, StockRow & { readonly sales: number }> = {
  ...stock,
  version: 2,
  indexes: { by_pieces: ['pieces'], by_sales: ['sales'] },
  evolve: (row, placed, key) => {
    const next = stock.evolve(row, placed, key) as StockRow;
    return { ...next, sales: (row?.sales ?? 0) + (placed.event.type === 'Sold' ? 1 : 0) };
  },
};

const clock = createFakeClock();
const onFailure = { retries: 5, backoffMs: 100, giveUp: 'park' } as const;
const codec = stockCodec;
const log: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => log,
};

async function storeWithStock(): Promise<EventStore> {
  const store = createEventStore(createMemoryEventEngine({ clock }));
  for (const [article, type, pieces] of [
    ['article-lamp', 'Delivered', 9],
    ['article-vase', 'Delivered', 4],
    ['article-vase', 'Sold', 1],
    ['article-lamp', 'Delivered', 2],
  ] as const) {
    await store.append({ events: [newEvent(article, { type, data: { pieces } })], conditions: [] });
  }
  return store;
}

/** What ran before the code was mended. */
async function runWrongCode(store: EventStore, readModels: ReadModelEngine): Promise<void> {
  const stop = new AbortController();
  const before = await openReadModel({
    ...{ store, readModels, codec, readModel: wrongStock, onFailure, clock, log },
  });
  const running = before.runnable.run(stop.signal);
  await before.reached(4n, stop.signal);
  expect(await before.get('article-vase')).toMatchObject({ pieces: 5 });
  stop.abort();
  await running;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((next) => setImmediate(next));
}

test('a row that is wrong is found, and repaired without a pause', async () => {
  const store = await storeWithStock();
  const readModels = createMemoryReadModels();
  await runWrongCode(store, readModels);
  const stop = new AbortController();
  const list = await openReadModel({
    ...{ store, readModels, codec, readModel: stock, onFailure, clock, log },
  });
  const running = list.runnable.run(stop.signal);

  await list.rebuild.start();
  await until(async () => (await list.rebuild.status()).state === 'ready');
  const { comparison } = await list.rebuild.status();
  expect(comparison).toEqual({
    isDone: true,
    rowsCompared: 2,
    rowsDiffering: 1,
    firstDifference: { key: 'article-vase', kind: 'changed', field: 'pieces' },
  });
  await list.rebuild.switch();
  expect(await list.get('article-vase')).toEqual({ article: 'article-vase', pieces: 3 });
  await list.rebuild.drop();
  stop.abort();
  await running;
});

test('another version is made beside the one in use, which goes on', async () => {
  const store = await storeWithStock();
  const readModels = createMemoryReadModels();
  const common = { store, readModels, codec, onFailure, clock, log };
  const old = await openReadModel({ ...common, readModel: stock });
  const stop = new AbortController();
  const works = [old.runnable.run(stop.signal)];
  await old.reached(4n, stop.signal);

  const list = await openReadModel({ ...common, readModel: stockWithSales });
  await expect(list.get('article-vase')).rejects.toMatchObject({ code: 'READ_MODEL_BEHIND' });
  works.push(list.runnable.run(stop.signal));
  await until(async () => (await list.rebuild.status()).state === 'idle');
  expect(await list.get('article-vase')).toMatchObject({ pieces: 3, sales: 1 });
  expect(await old.get('article-vase')).toEqual({ article: 'article-vase', pieces: 3 });
  await list.rebuild.drop({ version: 1, build: 1 });
  stop.abort();
  await Promise.allSettled(works);
});
