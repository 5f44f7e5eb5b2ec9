import type { BusMessage } from '@tidemark/core';
import { createMemoryReadModels } from '@tidemark/store-memory';
import { createFakeClock } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { handFedBus, message } from '../test/hand-fed-bus.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { gate, until } from '../test/turns.ts';
import { createInbox } from './inbox.ts';

function setUp(handle: (message: BusMessage) => Promise<void>) {
  const clock = createFakeClock();
  const fed = handFedBus();
  const { log, lines } = createLogKeeper();
  const inbox = createInbox({
    ...{ bus: fed.bus, group: 'passengers', topics: ['flights.landed.v1'], handle, clock, log },
    checkpoints: createMemoryReadModels().checkpoints,
    onFailure: { retries: 1, backoffMs: 100, giveUp: 'stop' },
  });
  const stop = new AbortController();
  return { ...fed, inbox, clock, lines, stop, ended: inbox.run(stop.signal) };
}

describe('an inbox', () => {
  test('subscribes its group to its topics', () => {
    const { subscription, inbox } = setUp(async () => {});
    expect(subscription()).toMatchObject({ group: 'passengers', topics: ['flights.landed.v1'] });
    expect(inbox.name).toBe('inbox/passengers');
  });

  test('keeps the order of a key, and does not let one key wait for another', async () => {
    const { opened, open } = gate();
    const done: string[] = [];
    const { deliver } = setUp(async ({ id, key }) => {
      if (id === 'a1') await opened;
      done.push(`${key}:${id}`);
    });
    const delivered = deliver(
      ...[message('a1', 'a'), message('b1', 'b'), message('a2', 'a'), message('b2', 'b')],
    );
    await until(() => done.length === 2);
    expect(done).toEqual(['b:b1', 'b:b2']);
    open();
    await delivered;
    expect(done).toEqual(['b:b1', 'b:b2', 'a:a1', 'a:a2']);
  });

  test('tries a message again before it goes on with its key', async () => {
    const tried: string[] = [];
    const { deliver, clock, lines } = setUp(async ({ id }) => {
      tried.push(id);
      if (tried.length === 1) throw new Error('not now');
    });
    const delivered = deliver(message('a1', 'a'), message('a2', 'a'));
    await until(() => clock.sleeping() === 1);
    await clock.advance(100);
    await delivered;
    expect(tried).toEqual(['a1', 'a1', 'a2']);
    expect(lines).toMatchObject([
      { level: 'warn', fields: { group: 'passengers', id: 'a1', failures: 1, error: 'not now' } },
    ]);
  });

  test('tells the bus when a message keeps failing, after the other keys are done', async () => {
    const done: string[] = [];
    const { deliver, clock } = setUp(async ({ id, key }) => {
      if (key === 'a') throw new Error('never');
      done.push(id);
    });
    const messages = [message('a1', 'a'), message('a2', 'a'), message('b1', 'b')];
    const delivered = expect(deliver(...messages)).rejects.toThrow('never');
    await until(() => clock.sleeping() === 1);
    await clock.advance(100);
    await delivered;
    expect(done).toEqual(['b1']);
  });

  test('gives up waiting when it is stopped', async () => {
    const { deliver, clock, stop, ended } = setUp(() => Promise.reject(new Error('not now')));
    const delivered = expect(deliver(message('a1', 'a'))).rejects.toThrow('not now');
    await until(() => clock.sleeping() === 1);
    stop.abort();
    await delivered;
    await ended;
  });

  test('begins no message after it was stopped, and says that they are not done', async () => {
    const { opened, open } = gate();
    const begun: string[] = [];
    const { deliver, stop, ended } = setUp(async ({ id }) => {
      begun.push(id);
      await opened;
    });
    const delivered = deliver(message('a1', 'a'), message('a2', 'a'), message('b1', 'b'));
    const told = expect(delivered).rejects.toThrow('stopped');
    await until(() => begun.length === 2);
    stop.abort();
    open();
    await told;
    await ended;
    expect(begun).toEqual(['a1', 'b1']);
  });
});
