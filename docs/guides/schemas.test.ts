// The code that the guide shows, run.
import { createCodec, type Decider, isFault, type MessagesOf, storedAs } from '@tidemark/core';
import { createCommandHandler, createEventStore, createMemoryKeys, newId } from '@tidemark/runtime';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { expect, test } from 'vitest';
import { z } from 'zod';

const before = (() => {
  type OrderEvent = MessagesOf<{
    OrderPlaced: { customer: string; amount: number };
    OrderPaid: Record<string, never>;
  }>;

  /** Stored for ever: a shape that changes is a new version behind the old one. */
  const orderCodec = createCodec<OrderEvent>({
    OrderPlaced: storedAs(z.object({ customer: z.string(), amount: z.number() })),
    OrderPaid: storedAs(z.object({})),
  });

  return orderCodec;
})();

type OrderEvent = MessagesOf<{
  OrderPlaced: { customer: string; price: { amount: number; currency: string } };
  OrderPaid: Record<string, never>;
}>;

const placedV1 = z.object({ customer: z.string(), amount: z.number() });
const placed = z.object({
  customer: z.string(),
  price: z.object({ amount: z.number(), currency: z.string() }),
});

const orderCodec = createCodec<OrderEvent>({
  OrderPlaced: storedAs(placedV1).next(placed, ({ amount, ...rest }) => ({
    ...rest,
    price: { amount, currency: 'EUR' },
  })),
  OrderPaid: storedAs(z.object({})),
});

const decider: Decider<OrderEvent, number, OrderEvent, never> = {
  initialState: 0,
  decide: (event) => [event],
  evolve: (total, event) =>
    event.type === 'OrderPlaced' ? total + event.data.price.amount : total,
};

test('an event that was stored in the first shape is read in the second, beside new ones', async () => {
  const engine = createMemoryEventEngine();
  const cause = { correlationId: 'c', causationId: 'c', actor: 'guide' };
  const placedThen = { type: 'OrderPlaced', data: { customer: 'ada', amount: 20 } } as const;
  const old = {
    ...before.encode(placedThen, new Map()),
    id: 'e1',
    stream: 'order-7',
    cause,
  } as const;
  await engine.commit([{ events: [old], conditions: [] }]);

  const store = createEventStore(engine);
  const aggregate = { category: 'order', codec: orderCodec, decider };
  const orders = createCommandHandler({ store, keys: createMemoryKeys(), aggregate });
  const data = { customer: 'ada', price: { amount: 5, currency: 'CHF' } };
  await orders.handle('7', { type: 'OrderPlaced', data }, { commandId: newId(), cause });
  expect(await orders.load('7')).toEqual({ state: 25, revision: 1 });

  const { events } = await store.readLog({ after: 0n, limit: 10 });
  expect(events.map(({ schema }) => schema)).toEqual([1, 2]);
  expect(events.map((event) => orderCodec.decode(event, new Map()).data)).toEqual([
    { customer: 'ada', price: { amount: 20, currency: 'EUR' } },
    data,
  ]);
});

test('what is not of the shape it was stored in is a fault, and so is a version from the future', () => {
  const codeOf = (schema: number, data: object) => {
    try {
      return orderCodec.decode({ type: 'OrderPlaced', schema, data: { ...data } }, new Map());
    } catch (error) {
      return isFault(error) ? error.code : error;
    }
  };
  expect(codeOf(1, { customer: 'ada' })).toBe('LOG_CORRUPT');
  expect(codeOf(2, { customer: 'ada', amount: 20 })).toBe('LOG_CORRUPT');
  expect(codeOf(3, {})).toBe('EVENT_SCHEMA_UNKNOWN');
});
