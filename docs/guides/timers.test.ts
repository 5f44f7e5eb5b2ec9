// The code that the guide shows, run.
import {
  createCodec,
  type Decider,
  type Logger,
  type MessagesOf,
  type Process,
  type Reaction,
  reject,
  storedAs,
  type Timers,
} from '@tidemark/core';
import {
  createCommandHandler,
  createEventStore,
  createMemoryKeys,
  createProcessManager,
} from '@tidemark/runtime';
import {
  createMemoryEventEngine,
  createMemoryReadModels,
  createMemoryTimers,
} from '@tidemark/store-memory';
import { createFakeClock } from '@tidemark/testing';
import { expect, test } from 'vitest';

const MINUTE_MS = 60_000;

type OrderCommand = MessagesOf<{
  Place: { orderId: string };
  Pay: { orderId: string };
  Expire: { orderId: string };
}>;
type OrderEvent = MessagesOf<{
  Placed: { orderId: string };
  Paid: { orderId: string };
  Expired: { orderId: string };
}>;
type OrderState = 'none' | 'placed' | 'paid' | 'expired';

const HAPPENED = { Place: 'Placed', Pay: 'Paid', Expire: 'Expired' } as const;
const STATES = { Placed: 'placed', Paid: 'paid', Expired: 'expired' } as const;

/** The order decides; whoever comes second hears that it is over. */
const order: Decider<OrderCommand, OrderState, OrderEvent, 'too-late'> = {
  initialState: 'none',
  decide: ({ type, data }, state) =>
    state === (type === 'Place' ? 'none' : 'placed')
      ? [{ type: HAPPENED[type], data }]
      : reject('too-late'),
  evolve: (_state, { type }) => STATES[type],
};

const anything = storedAs({ parse: (data) => data as never });
const orderCodec = createCodec<OrderEvent>({
  Placed: anything,
  Paid: anything,
  Expired: anything,
});

type PaymentInput = MessagesOf<{
  OrderPlaced: { orderId: string };
  OrderPaid: { orderId: string };
  PaymentIsLate: { orderId: string };
}>;
type PaymentCommand = MessagesOf<{ Expire: { orderId: string } }>;

function react(
  _state: 'waiting' | 'over',
  { type, data }: PaymentInput,
): readonly Reaction<PaymentInput, PaymentCommand>[] {
  switch (type) {
    case 'OrderPlaced':
      return [{ kind: 'remind', afterMs: 15 * MINUTE_MS, input: { type: 'PaymentIsLate', data } }];
    case 'PaymentIsLate':
      return [{ kind: 'send', command: { type: 'Expire', data } }];
    case 'OrderPaid':
      return [];
  }
}

const payment: Process<PaymentInput, 'waiting' | 'over', PaymentCommand> = {
  name: 'payment',
  initialState: 'waiting',
  correlate: ({ data }) => data.orderId,
  evolve: (_state, { type }) => (type === 'OrderPlaced' ? 'waiting' : 'over'),
  isTerminal: (state) => state === 'over',
  react,
};

test('an order that nobody pays expires after fifteen minutes, and a reminder in time does nothing', async () => {
  expect(react('waiting', { type: 'OrderPlaced', data: { orderId: '7' } })).toMatchObject([
    { kind: 'remind', afterMs: 900_000 },
  ]);
  const clock = createFakeClock();
  const store = createEventStore(createMemoryEventEngine({ clock }));
  const timers: Timers = createMemoryTimers();
  const stop = new AbortController();
  const running = run({ clock, store, timers }, stop.signal);
  const tell = (type: OrderCommand['type'], orderId: string) =>
    handle(store, { type, data: { orderId } }, `${type} ${orderId}`);
  const eventsOf = async (id: string) => {
    const found: string[] = [];
    for await (const page of store.readStream(`order-${id}`))
      found.push(...page.map((e) => e.type));
    return found;
  };
  /** Lets time pass, and then everybody act. */
  const pass = async (forMs: number) => {
    await clock.advance(forMs);
    for (let turns = 0; turns < 50; turns += 1) await new Promise((next) => setImmediate(next));
  };

  await tell('Place', 'a');
  await tell('Place', 'b');
  await pass(14 * MINUTE_MS);
  await tell('Pay', 'b');
  await pass(MINUTE_MS - 1);
  expect(await eventsOf('a')).toEqual(['Placed']);
  await pass(1);
  expect(await eventsOf('a')).toEqual(['Placed', 'Expired']);
  expect(await eventsOf('b')).toEqual(['Placed', 'Paid']);
  expect(await timers.nextDueAtMs('payment', 0)).toBeUndefined();
  stop.abort();
  await running;
});

interface Parts {
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly store: ReturnType<typeof createEventStore>;
  readonly timers: Timers;
}

const keys = createMemoryKeys();
const inputs = createCodec<PaymentInput>({
  OrderPlaced: anything,
  OrderPaid: anything,
  PaymentIsLate: anything,
});
const log: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => log,
};

function handle(store: Parts['store'], command: OrderCommand, commandId: string) {
  const aggregate = { category: 'order', codec: orderCodec, decider: order };
  const cause = { correlationId: commandId, causationId: commandId, actor: 'guide' };
  const orders = createCommandHandler({ store, keys, aggregate });
  return orders.handle(command.data.orderId, command, { commandId, cause });
}

function run({ clock, store, timers }: Parts, signal: AbortSignal): Promise<void> {
  const { checkpoints } = createMemoryReadModels();
  const payments = createProcessManager<
    OrderEvent,
    PaymentInput,
    'waiting' | 'over',
    PaymentCommand
  >({
    process: payment,
    inputs,
    source: { categories: ['order'], codec: orderCodec },
    toInput: ({ event: { type, data } }) => {
      if (type === 'Expired') return undefined;
      return { type: `Order${type}`, data };
    },
    send: async (command, { commandId }) => {
      // 'too-late' is an answer too: the order was paid first.
      await handle(store, command, commandId);
    },
    onFailure: { retries: 5, backoffMs: 100, giveUp: 'stop' },
    ...{ store, keys, timers, checkpoints, clock, log },
  });
  return payments.run(signal);
}
