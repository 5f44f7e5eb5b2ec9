import type { BusMessage, Checkpoints, Runnable } from '@tidemark/core';
import {
  busContract,
  createCollector,
  createGate,
  createTestCheckpoints,
  createTestPublisher,
  messageOf,
  whileRunning,
} from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { createLogBus } from './log-bus.ts';

busContract({
  name: 'log',
  open: async () => {
    const bus = createLogBus();
    return { bus, close: bus.close };
  },
});

const TOPIC = 'flights.flight-landed.v1';
const noRelay = (): Runnable => {
  throw new Error('this bus needs no relay');
};

/** Checkpoints that tell of each save. */
function createWatchedCheckpoints() {
  const saves: string[] = [];
  const kept = createTestCheckpoints();
  const checkpoints: Checkpoints = {
    load: kept.load,
    save: async (name, position) => {
      saves.push(`${name} ${position}`);
      await kept.save(name, position);
    },
  };
  return { checkpoints, saves };
}

function subscriptionOf(handle: (messages: readonly BusMessage[]) => Promise<void>) {
  return { group: 'group-1', topics: [TOPIC], checkpoints: createTestCheckpoints(), handle };
}

describe('the embedded bus', () => {
  test('keeps the checkpoint of a group and service in the group, and moves it after handling', async () => {
    await whileRunning(async ({ start }) => {
      const bus = createLogBus();
      const flights = createTestPublisher('flights');
      expect(bus.offer(flights.feed, noRelay)).toEqual([]);
      const { checkpoints, saves } = createWatchedCheckpoints();
      const savedBefore: number[] = [];
      const collector = createCollector(async () => {
        savedBefore.push(saves.length);
      });
      start(bus.consume({ ...subscriptionOf(collector.handle), checkpoints }));
      flights.publish(undefined, messageOf(TOPIC, 'flight-1'), undefined);
      await collector.until(1);
      flights.publish(messageOf(TOPIC, 'flight-1'));
      await collector.until(2);
      expect(saves[0]).toBe('group-1/flights 3');
      expect(savedBefore).toEqual([0, 1]);
    });
  });

  test('moves the checkpoint over events that say nothing in public', async () => {
    await whileRunning(async ({ start }) => {
      const bus = createLogBus();
      const flights = createTestPublisher('flights');
      bus.offer(flights.feed, noRelay);
      const kept = createTestCheckpoints();
      const moved = createGate();
      const save = async (name: string, position: bigint) => {
        await kept.save(name, position);
        if (position === 2n) moved.open();
      };
      start(bus.consume({ ...subscriptionOf(async () => {}), checkpoints: { ...kept, save } }));
      flights.publish(undefined, undefined);
      await moved.opened;
      expect(await kept.load('group-1/flights')).toBe(2n);
    });
  });

  test('rejects when handling does, and hands out the same messages when it is run again', async () => {
    const bus = createLogBus();
    const flights = createTestPublisher('flights');
    bus.offer(flights.feed, noRelay);
    const { checkpoints, saves } = createWatchedCheckpoints();
    const handed: (readonly BusMessage[])[] = [];
    const handle = async (messages: readonly BusMessage[]) => {
      handed.push(messages);
      throw new Error('cannot handle');
    };
    const consumer = bus.consume({ ...subscriptionOf(handle), checkpoints });
    flights.publish(messageOf(TOPIC, 'flight-1'), messageOf(TOPIC, 'flight-2'));
    const { signal } = new AbortController();
    await expect(consumer.run(signal)).rejects.toThrow('cannot handle');
    await expect(consumer.run(signal)).rejects.toThrow('cannot handle');
    expect(handed).toHaveLength(2);
    expect(handed[1]).toEqual(handed[0]);
    expect(saves).toEqual([]);
  });

  test('ends the readers of its other services before it rejects', async () => {
    const bus = createLogBus();
    const flights = createTestPublisher('flights');
    const passengers = createTestPublisher('passengers');
    for (const publisher of [flights, passengers]) bus.offer(publisher.feed, noRelay);
    const [begun, release] = [createGate(), createGate()];
    let ended = false;
    const handle = async ([message]: readonly BusMessage[]) => {
      if (message?.topic === TOPIC) {
        await begun.opened;
        release.open();
        throw new Error('cannot handle');
      }
      begun.open();
      await release.opened;
      ended = true;
    };
    const { checkpoints, saves } = createWatchedCheckpoints();
    const topics = [TOPIC, 'passengers.admitted.v1'];
    flights.publish(messageOf(TOPIC, 'flight-1'));
    passengers.publish(messageOf('passengers.admitted.v1', 'passenger-1'));
    const consumer = bus.consume({ group: 'group-1', topics, checkpoints, handle });
    await expect(consumer.run(new AbortController().signal)).rejects.toThrow('cannot handle');
    expect(ended).toBe(true);
    expect(saves).toEqual(['group-1/passengers 1']);
  });

  test('does not look again before there is news', async () => {
    await whileRunning(async ({ start }) => {
      const bus = createLogBus();
      const flights = createTestPublisher('flights');
      bus.offer(flights.feed, noRelay);
      const collector = createCollector();
      start(bus.consume(subscriptionOf(collector.handle)));
      flights.publish(messageOf(TOPIC, 'flight-1'));
      await collector.until(1);
      await turns(20);
      const reads = flights.reads();
      await turns(200);
      expect(flights.reads()).toBe(reads);
    });
  });

  test('lets members of one group take turns: the next goes on where the one before ended', async () => {
    const bus = createLogBus();
    const flights = createTestPublisher('flights');
    bus.offer(flights.feed, noRelay);
    const checkpoints = createTestCheckpoints();
    const [first, second] = [createCollector(), createCollector()];
    const [stopFirst, stopSecond] = [new AbortController(), new AbortController()];
    const member = (handle: typeof first.handle, { signal }: AbortController) =>
      bus.consume({ ...subscriptionOf(handle), checkpoints }).run(signal);
    const firstRun = member(first.handle, stopFirst);
    const gaveUp = member(second.handle, stopSecond);
    const secondRun = member(second.handle, new AbortController());
    stopSecond.abort();
    await gaveUp;
    flights.publish(messageOf(TOPIC, 'flight-1', 1));
    await first.until(1);
    expect(second.messages).toEqual([]);
    stopFirst.abort();
    await firstRun;
    flights.publish(messageOf(TOPIC, 'flight-1', 2));
    await second.until(1);
    expect(second.messages.map(({ data }) => data.n)).toEqual([2]);
    await bus.close();
    await secondRun;
  });

  test('lets nobody work beside a member when the last who waited for it has given up', async () => {
    const bus = createLogBus();
    const flights = createTestPublisher('flights');
    bus.offer(flights.feed, noRelay);
    const [first, third] = [createCollector(), createCollector()];
    const stop = new AbortController();
    const checkpoints = createTestCheckpoints();
    const member = (handle: typeof first.handle, signal: AbortSignal) =>
      bus.consume({ ...subscriptionOf(handle), checkpoints }).run(signal);
    const running = [member(first.handle, stop.signal)];
    const gaveUp = new AbortController();
    const second = member(third.handle, gaveUp.signal);
    gaveUp.abort();
    await second;
    running.push(member(third.handle, stop.signal));
    flights.publish(messageOf(TOPIC, 'flight-1'));
    await first.until(1);
    await turns(20);
    expect(third.messages).toEqual([]);
    stop.abort();
    await Promise.all(running);
  });

  test('sets the checkpoint back before it feeds old messages again, so that a crash goes on there', async () => {
    const bus = createLogBus();
    const flights = createTestPublisher('flights');
    bus.offer(flights.feed, noRelay);
    const checkpoints = createTestCheckpoints();
    const subscription = { ...subscriptionOf(async () => {}), checkpoints };
    const messages = [1, 2, 3].map((n) => messageOf(TOPIC, 'flight-1', n));
    flights.publish(...messages);
    await checkpoints.save('group-1/flights', 3n);
    bus.consume(subscription);
    const from = { position: 2n };
    const begun = await bus.replay({ group: 'group-1', service: 'flights', from });
    expect(begun).toMatchObject({ from: 2n, upTo: 3n, position: 1n, messages: 0, done: false });
    expect(await checkpoints.load('group-1/flights')).toBe(1n);
    expect(await bus.progress('group-1')).toEqual(new Map([['flights', 1n]]));
    // Another process, after a crash.
    await whileRunning(async ({ start }) => {
      const next = createLogBus();
      next.offer(flights.feed, noRelay);
      const collector = createCollector();
      start(next.consume({ ...subscription, handle: collector.handle }));
      await collector.until(2);
      expect(collector.messages).toEqual(messages.slice(1));
      await next.close();
    });
  });

  test('leaves a replay undone when the checkpoint cannot be stored, and says so', async () => {
    const bus = createLogBus();
    bus.offer(createTestPublisher('flights').feed, noRelay);
    const kept = createTestCheckpoints();
    await kept.save('group-1/flights', 3n);
    const save = async () => Promise.reject(new Error('no space'));
    bus.consume({ ...subscriptionOf(async () => {}), checkpoints: { ...kept, save } });
    const request = { group: 'group-1', service: 'flights', from: { position: 1n } };
    await expect(bus.replay(request)).rejects.toThrow('no space');
    expect(bus.replays('group-1')).toEqual([]);
    await bus.close();
    await expect(bus.replay(request)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('takes one feed of a service', () => {
    const bus = createLogBus();
    bus.offer(createTestPublisher('flights').feed, noRelay);
    const again = () => bus.offer(createTestPublisher('flights').feed, noRelay);
    expect(again).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });

  test('ends its consumers when it is closed, after what they have in hand, and takes no more', async () => {
    const bus = createLogBus();
    const flights = createTestPublisher('flights');
    bus.offer(flights.feed, noRelay);
    const [begun, release] = [createGate(), createGate()];
    const { checkpoints, saves } = createWatchedCheckpoints();
    const handle = async () => {
      begun.open();
      await release.opened;
    };
    const consumer = bus.consume({ ...subscriptionOf(handle), checkpoints });
    const { signal } = new AbortController();
    const running = consumer.run(signal);
    flights.publish(messageOf(TOPIC, 'flight-1'));
    await begun.opened;
    const closed = bus.close();
    release.open();
    await Promise.all([closed, running]);
    expect(saves).toEqual(['group-1/flights 1']);
    const unavailable = { code: 'STORE_UNAVAILABLE' };
    await expect(consumer.run(signal)).rejects.toMatchObject(unavailable);
    expect(() => bus.offer(createTestPublisher('other').feed, noRelay)).toThrow(
      expect.objectContaining(unavailable),
    );
  });
});

/** Turns of the event loop: all that can go on without news has gone on. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}
