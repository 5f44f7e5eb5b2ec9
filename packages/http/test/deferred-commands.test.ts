import type { Logger, NewEvent } from '@tidemark/core';
import {
  createEventStore,
  createMemoryKeys,
  createSystemClock,
  supervise,
} from '@tidemark/runtime';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type Answer,
  carryOutWith,
  createDeferredCommands,
  createHttpService,
  type Handlers,
  problem,
  type Routes,
} from '../src/index.ts';

const routes = {
  rename: {
    method: 'POST',
    path: '/people/rename',
    summary: 'Rename',
    right: 'people:write',
    body: z.strictObject({ name: z.string() }),
    answers: { 204: { description: 'Done' } },
  },
  getPeopleCommand: {
    method: 'GET',
    path: '/people/commands/{commandId}',
    summary: 'Status',
    right: 'people:write',
    params: z.strictObject({ commandId: z.string() }),
    answers: { 200: { description: 'Status' } },
  },
} as const satisfies Routes;

const clock = createSystemClock();
const nothing = () => undefined;
const log: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  with: () => log,
};
const unavailable = problem({ status: 503, type: 'store-unavailable', title: 'Not now' });
const renamed: Answer = {
  status: 201,
  body: { id: 'p1' },
  headers: { location: '/api/people/p1' },
};

/** A service whose only command answers what it is told to, in turn. */
function start(answers: Answer[]) {
  const store = createEventStore(createMemoryEventEngine());
  const keys = createMemoryKeys();
  const { checkpoints } = createMemoryReadModels();
  const deferred = createDeferredCommands({
    ...{ service: 'people', path: '/api/people/commands', store, keys, checkpoints, clock, log },
  });
  const called: { name: string; commandId: string }[] = [];
  const handlers: Handlers<typeof routes> = {
    rename: async ({ body, context }) => {
      called.push({ name: body.name, commandId: context.command.commandId });
      return (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    },
    getPeopleCommand: ({ params }) => deferred.status(params.commandId),
  };
  const fetch = createHttpService({ service: 'people', routes, handlers, deferred, log, clock });
  const stop = new AbortController();
  const run = () =>
    supervise([deferred.runnable(carryOutWith(handlers))], { clock, log }, stop.signal);
  const send = (name: string, key: string) =>
    fetch(
      new Request('http://people/api/people/rename', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          prefer: 'respond-async, wait=1',
          'idempotency-key': key,
        },
        body: JSON.stringify({ name }),
      }),
    );
  const get = async (path: string) => fetch(new Request(`http://people${path}`));
  return { store, keys, deferred, called, run, send, get, stop };
}

describe('a command sent with Prefer: respond-async', () => {
  let service: ReturnType<typeof start>;
  let running: Promise<void>;

  beforeEach(() => {
    service = start([unavailable, renamed]);
  });

  afterEach(async () => {
    service.stop.abort();
    await running;
  });

  /** Waits until something new in the log makes the status what is wanted. */
  async function untilSettled(location: string): Promise<Record<string, unknown>> {
    while (!service.stop.signal.aborted) {
      const after = await service.store.head();
      const status = (await (await service.get(location)).json()) as Record<string, unknown>;
      if (status.status === 'settled') return status;
      await service.store.awaitNews(after, service.stop.signal);
    }
    throw new Error('not settled before the end of the test');
  }

  test('is stored before the 202, carried out once it can be, and its status URL tells the outcome', async () => {
    const accepted = await service.send('Ada', 'k1');
    expect([accepted.status, accepted.headers.get('preference-applied')]).toEqual([
      202,
      'respond-async',
    ]);
    const location = accepted.headers.get('location') ?? '';
    const queued = (await (await service.get(location)).json()) as object;
    expect(queued).toMatchObject({ status: 'queued' });
    expect(service.called).toEqual([]);

    running = service.run();
    expect(await untilSettled(location)).toMatchObject({
      answer: { status: 201, body: { id: 'p1' }, headers: { location: '/api/people/p1' } },
    });
    const commandId = accepted.headers.get('command-id');
    expect(service.called).toEqual([
      { name: 'Ada', commandId },
      { name: 'Ada', commandId },
    ]);
  });

  test('is the same command when repeated, and 422 with another body under the same key', async () => {
    const first = await service.send('Ada', 'k1');
    const again = await service.send('Ada', 'k1');
    expect([again.status, again.headers.get('location')]).toEqual([
      202,
      first.headers.get('location'),
    ]);
    expect((await service.send('Grace', 'k1')).status).toBe(422);
    running = service.run();
    await untilSettled(first.headers.get('location') ?? '');
    expect(new Set(service.called.map(({ commandId }) => commandId)).size).toBe(1);
  });

  test('is never stored in the clear, and cannot be read any more once it is settled', async () => {
    const accepted = await service.send('Ada Lovelace', 'k1');
    running = service.run();
    await untilSettled(accepted.headers.get('location') ?? '');
    const { events } = await service.store.readLog({ after: 0n, limit: 100 });
    expect(JSON.stringify(events.map(({ data }: NewEvent) => data))).not.toContain('Lovelace');
    const subject = String(events[0]?.data.subject);
    const noKey = async () => (await service.keys.fetch([subject])).size;
    await expect.poll(noKey).toBe(0);
  });

  test('that a stop breaks off stays queued, and is carried out after the next start', async () => {
    const begun = new AbortController();
    const works = carryOutWith<typeof routes>({
      rename: async ({ context }) => {
        begun.abort();
        await clock.sleep(60_000, context.signal);
        context.signal.throwIfAborted();
        return renamed;
      },
      getPeopleCommand: async () => renamed,
    });
    const location = (await service.send('Ada', 'k1')).headers.get('location') ?? '';
    const first = new AbortController();
    const stopped = supervise([service.deferred.runnable(works)], { clock, log }, first.signal);
    await clock.sleep(60_000, begun.signal);
    first.abort();
    await stopped;
    expect(await (await service.get(location)).json()).toMatchObject({ status: 'queued' });
    running = service.run();
    expect(await untilSettled(location)).toMatchObject({ answer: { status: 201 } });
  });

  test('has no status under an id that was never given', async () => {
    running = Promise.resolve();
    expect((await service.get('/api/people/commands/unknown')).status).toBe(404);
  });
});
