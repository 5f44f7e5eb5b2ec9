// The code that the guide shows, run.
import { createLogBus } from '@tidemark/bus-log';
import {
  type BusMessage,
  createCodec,
  type Logger,
  type MessagesOf,
  storedAs,
} from '@tidemark/core';
import { createEventStore, createFeed, createInbox, type FailurePolicy } from '@tidemark/runtime';
import {
  createMemoryEventEngine,
  createMemoryParking,
  createMemoryReadModels,
} from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { expect, test } from 'vitest';

type OrderEvent = MessagesOf<{ Shipped: { orderId: string; to: string } }>;

const orderCodec = createCodec<OrderEvent>({
  Shipped: storedAs({ parse: (data) => data as never }),
});
const log: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => log,
};

/** A service that ships orders, and one that prints labels and does not know every country at first. */
function openShop() {
  const clock = createFakeClock();
  const engine = createMemoryEventEngine({ clock });
  const bus = createLogBus();
  bus.offer(
    createFeed({
      ...{ service: 'orders', store: createEventStore(engine), codec: orderCodec },
      out: ({ event: { data } }) => [{ topic: 'orders.shipped.v1', key: data.to, data }],
    }),
    () => ({ name: 'relay', run: async () => {} }),
  );
  const countries = new Set(['CH', 'FR']);
  const printed: string[] = [];
  const seen = new Set<string>();
  /** The id of the message is the id of the command: what was printed is not printed again. */
  const print = async ({ id, data }: BusMessage) => {
    if (!countries.has(String(data.to))) throw new Error(`no label for ${data.to}`);
    if (!seen.has(id)) printed.push(`${data.orderId} to ${data.to}`);
    seen.add(id);
  };
  const ship = async (...orders: readonly string[]) => {
    const events = orders.map((order) => {
      const [orderId, to] = order.split(' to ');
      return newEvent(`order-${orderId}`, { type: 'Shipped', data: { orderId, to } });
    });
    await engine.commit([{ events, conditions: [] }]);
  };
  return { clock, engine, bus, countries, printed, print, ship };
}

const onFailure: FailurePolicy = { retries: 3, backoffMs: 100, giveUp: 'park' };

function openLabels({ bus, clock, print }: ReturnType<typeof openShop>) {
  const { checkpoints } = createMemoryReadModels();
  const parking = createMemoryParking();
  const handle = print;
  const labels = createInbox({
    ...{ bus, group: 'labels', topics: ['orders.shipped.v1'] },
    ...{ handle, onFailure, checkpoints, parking, clock, log },
  });
  return labels;
}

test('one country that fails holds up no other, is looked at, and goes on in order once it is known', async () => {
  const shop = openShop();
  const { clock, countries, printed, ship } = shop;
  const labels = openLabels(shop);
  const stop = new AbortController();
  const running = labels.run(stop.signal);
  /** Lets time pass, and then everybody act. */
  const pass = async (forMs: number) => {
    await clock.advance(forMs);
    for (let turns = 0; turns < 50; turns += 1) await new Promise((next) => setImmediate(next));
  };

  await ship('1 to CH', '2 to XK', '3 to FR');
  await pass(1_000);
  await ship('4 to XK', '5 to CH');
  await pass(1_000);
  expect(printed).toEqual(['1 to CH', '3 to FR', '5 to CH']);

  const [parked] = await labels.parked.list(100);
  expect(parked).toMatchObject({ key: 'XK', error: 'no label for XK', waiting: 1 });
  const inspected = await labels.parked.inspect('XK');
  expect(inspected?.data).toEqual({ orderId: '2', to: 'XK' });

  countries.add('XK');
  expect(await labels.parked.retry('XK')).toBeUndefined();
  expect(printed.slice(3)).toEqual(['2 to XK', '4 to XK']);

  const before = printed.length;
  await labels.replays?.begin({ service: 'orders', from: { position: 1n } });
  await pass(1_000);
  const [replay] = labels.replays?.progress() ?? [];
  expect(replay).toMatchObject({ from: 1n, upTo: 5n, position: 5n, messages: 5, done: true });
  expect(printed.length).toBe(before);
  stop.abort();
  await running;
});
