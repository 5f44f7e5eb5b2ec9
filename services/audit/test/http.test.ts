import { getEventListeners } from 'node:events';
import { createLogBus } from '@tidemark/bus-log';
import { createCodec, type Logger, type MessagesOf, storedAs } from '@tidemark/core';
import {
  createEventStore,
  createFeed,
  createMemoryKeys,
  createSystemClock,
  supervise,
} from '@tidemark/runtime';
import {
  createMemoryEventEngine,
  createMemoryLeases,
  createMemoryParking,
  createMemoryReadModels,
  createMemoryTimers,
} from '@tidemark/store-memory';
import { newEvent } from '@tidemark/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createProgress } from '../src/application/progress.ts';
import { composeAudit } from '../src/index.ts';

type Noted = MessagesOf<{ Noted: Record<string, never> }>;

const log: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => log,
};

/** Audit beside one service, whose events are notes; it runs. */
async function openWorld() {
  const notes = createMemoryEventEngine();
  const bus = createLogBus();
  const codec = createCodec<Noted>({ Noted: storedAs({ parse: (data) => data as never }) });
  const feed = { service: 'notes', store: createEventStore(notes), codec, out: () => [] };
  bus.offer(createFeed(feed), () => ({ name: 'relay', run: async () => {} }));
  const clock = createSystemClock();
  const audit = await composeAudit(
    { services: ['notes'] },
    {
      ...{ bus, clock, log, keys: createMemoryKeys(), leases: createMemoryLeases() },
      ...{ timers: createMemoryTimers(), parking: createMemoryParking() },
      store: createEventStore(createMemoryEventEngine()),
      readModels: createMemoryReadModels(),
      neighbour: () => async () => new Response(null, { status: 503 }),
      serviceToken: 'token-of-the-services',
    },
  );
  const stop = new AbortController();
  const running = supervise(audit.runnables, { clock, log }, stop.signal);
  let last = 0n;
  return {
    note: async () => {
      const event = newEvent('note-1', { type: 'Noted', data: {} });
      await notes.commit([{ events: [event], conditions: [] }]);
      last = await notes.head();
    },
    /** Answers once what was noted is recorded. */
    get: (path: string, headers: Record<string, string> = {}) =>
      audit.fetch(
        new Request(`http://audit.internal/api${path}`, {
          headers: { 'consistency-token': `notes@${last}`, ...headers },
        }),
      ),
    stop: async () => {
      stop.abort();
      await running;
      await bus.close();
    },
  };
}

describe('audit', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.stop());

  test.each([
    'upTo=9999-12-31T23:59:59-23:59',
    'upTo=9999-12-31T23:59:59Z',
    'from=0000-01-01T00:00:00%2B23:59',
  ])('finds everything for a time beyond all entries: %s', async (query) => {
    await world.note();
    const { items } = (await (await world.get(`/audit?${query}`)).json()) as { items: object[] };
    expect(items).toHaveLength(1);
  });

  test('answers nothing that lacks what the token names, but says how far it is', async () => {
    await world.note();
    const headers = { 'consistency-token': 'notes@2', 'request-timeout-ms': '50' };
    const answer = await world.get('/audit', headers);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      type: '/problems/read-model-behind',
      checkpoint: expect.stringMatching(/^[01]$/),
    });
  });

  test.each(['2', '999999999999999999', '9999999999999999999'])(
    'goes on with what comes when a client was further than the log is: %s',
    async (id) => {
      await world.note();
      await world.get('/audit');
      const body = (await world.get('/events', { 'last-event-id': id })).body;
      const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
      await reader?.read();
      await world.note();
      expect((await reader?.read())?.value).toContain('id: 2\n');
      await reader?.cancel();
    },
  );
});

test('who has been told how far audit is leaves nothing behind', async () => {
  const nothing = { find: async () => ({ items: [] }) };
  const progress = createProgress(nothing as never, ['notes']);
  progress.note('notes', 3n);
  const { signal } = new AbortController();
  await progress.recorded(new Map([['notes', 3n]]), signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
