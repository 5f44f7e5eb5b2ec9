// The code that the guide shows, run.
import {
  createCodec,
  type Decider,
  type Logger,
  type MessagesOf,
  type ReadModel,
  storedAs,
} from '@tidemark/core';
import {
  createCommandHandler,
  createEventStore,
  createMemoryKeys,
  loadAsOf,
  openReadModel,
} from '@tidemark/runtime';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { createFakeClock } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

type AccountEvent = MessagesOf<{ Moved: { amount: number; month: string } }>;

const codec = createCodec<AccountEvent>({
  Moved: storedAs(z.object({ amount: z.number(), month: z.string() })),
});
const decider: Decider<AccountEvent, { balance: number }, AccountEvent, never> = {
  initialState: { balance: 0 },
  decide: (event) => [event],
  evolve: ({ balance }, { data }) => ({ balance: balance + data.amount }),
};
const accountAggregate = { category: 'account', codec, decider };

interface Statement {
  readonly account: string;
  readonly month: string;
  readonly moved: number;
}

/** What moved on an account, month by month. */
const statements: ReadModel<AccountEvent, Statement> = {
  name: 'statements',
  version: 1,
  categories: ['account'],
  indexes: { by_account: ['account', 'month'] },
  key: ({ stream, event }) => [`${stream}/${event.data.month}`],
  query: (key) => ({ streams: [key.split('/')[0] as `account-${string}`] }),
  evolve: (row, { stream, event }) => ({
    account: stream,
    month: event.data.month,
    moved: (row?.moved ?? 0) + event.data.amount,
  }),
};

const log: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => log,
};

test('an account and its statement are shown as they were, at a position or a time', async () => {
  const clock = createFakeClock(Date.UTC(2026, 10, 21, 8));
  const keys = createMemoryKeys();
  const store = createEventStore(createMemoryEventEngine({ clock }));
  const accounts = createCommandHandler({ store, keys, aggregate: accountAggregate });
  for (const [n, amount] of [50, -20, 5].entries()) {
    const data = { amount, month: n < 2 ? '2026-11' : '2026-12' };
    const commandId = `command-${n}`;
    const cause = { correlationId: commandId, causationId: commandId, actor: 'guide' };
    await accounts.handle('7', { type: 'Moved', data }, { commandId, cause });
    await clock.advance(60_000);
  }

  const parts = { store, keys, aggregate: accountAggregate };
  const { state, revision } = await loadAsOf(parts, '7', { position: 2n });
  expect([state.balance, revision]).toEqual([30, 1]);
  const early = await loadAsOf(parts, '7', { time: '2026-11-21T08:00:59Z' });
  expect(early.state.balance).toBe(50);
  const never = await loadAsOf(parts, '7', { time: '2020-01-01T00:00:00Z' });
  expect(never.revision).toBe('none');

  const list = await openReadModel({
    ...{ store, codec, readModel: statements, readModels: createMemoryReadModels() },
    onFailure: { retries: 5, backoffMs: 100, giveUp: 'stop' },
    ...{ clock, log },
  });
  const november = await list.asOf('account-7/2026-11', { position: 1n });
  expect(november).toEqual({ account: 'account-7', month: '2026-11', moved: 50 });
  expect(await list.asOf('account-7/2026-12', { position: 2n })).toBeUndefined();
});
