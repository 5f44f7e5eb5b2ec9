import type { BusMessage } from '@tidemark/core';
import { expect } from 'vitest';
import {
  type BusCase,
  createCollector,
  createGate,
  createRunning,
  createTestCheckpoints,
  createTestPublisher,
  messageOf,
  whileRunning,
} from './bus-contract-case.ts';

const BOARDED = 'flights.passenger-boarded.v1';
const GROUP = 'group-1';

export const busRecoveryCases: readonly BusCase[] = [
  {
    name: 'messages whose handling failed come again, and nothing of their key overtakes them',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        let failures = 0;
        const collector = createCollector(async (messages) => {
          const fails = messages.some(({ data }) => data.n === 3) && failures < 4;
          if (fails) {
            failures += 1;
            throw new Error('cannot handle the third, yet');
          }
        });
        start(bus.consume(subscriptionOf(collector.handle)));
        const sent = Array.from({ length: 8 }, (_, n) => messageOf(BOARDED, 'flight-1', n));
        for (const message of sent) flights.publish(message);
        await collector.until(8);
        expect(failures).toBe(4);
        expect(collector.ids()).toEqual(sent.map(({ id }) => id));
      }),
  },
  {
    name: 'a message is not lost when handling fails and nothing else is published',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        let failures = 0;
        const collector = createCollector(async () => {
          failures += 1;
          if (failures === 1) throw new Error('not the first time');
        });
        start(bus.consume(subscriptionOf(collector.handle)));
        flights.publish(messageOf(BOARDED, 'flight-1'));
        await collector.until(1);
      }),
  },
  {
    name: 'a consumer that was stopped goes on with what was published meanwhile',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        const subscription = subscriptionOf(async () => {});
        const before = createCollector();
        const first = createRunning();
        first.start(bus.consume({ ...subscription, handle: before.handle }));
        flights.publish(...messagesOf(0, 5));
        await before.until(5);
        await first.stop();
        flights.publish(...messagesOf(5, 10));
        const after = createCollector();
        start(bus.consume({ ...subscription, handle: after.handle }));
        flights.publish(...messagesOf(10, 12));
        await after.until(7);
        const numbers = after.messages.map(({ data }) => Number(data.n));
        expect([...new Set(numbers)].filter((n) => n >= 5)).toEqual([5, 6, 7, 8, 9, 10, 11]);
      }),
  },
  {
    name: 'what was in hand when the consumer stopped, and failed, comes again',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        const subscription = subscriptionOf(async () => {});
        const [begun, stopped] = [createGate(), createGate()];
        const handle = async () => {
          begun.open();
          await stopped.opened;
          throw new Error('interrupted');
        };
        const first = createRunning();
        first.start(bus.consume({ ...subscription, handle }));
        flights.publish(messageOf(BOARDED, 'flight-1', 1));
        await begun.opened;
        const ended = first.stop();
        stopped.open();
        await ended;
        const after = createCollector();
        start(bus.consume({ ...subscription, handle: after.handle }));
        await after.until(1);
        expect(after.messages[0]?.data).toEqual({ n: 1 });
      }),
  },
  {
    name: 'a consumer ends cleanly when told to stop, also before any feed was offered',
    run: async ({ bus }) => {
      const stop = new AbortController();
      const running = bus.consume(subscriptionOf(async () => {})).run(stop.signal);
      stop.abort();
      await running;
      await bus.consume(subscriptionOf(async () => {})).run(AbortSignal.abort());
    },
  },
];

function subscriptionOf(handle: (messages: readonly BusMessage[]) => Promise<void>) {
  return { group: GROUP, topics: [BOARDED], handle, checkpoints: createTestCheckpoints() };
}

function messagesOf(from: number, to: number): readonly BusMessage[] {
  return Array.from({ length: to - from }, (_, n) => messageOf(BOARDED, 'flight-1', from + n));
}
