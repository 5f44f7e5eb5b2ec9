import type { BusMessage } from '@tidemark/core';
import { expect } from 'vitest';
import {
  type BusCase,
  createCollector,
  createGate,
  createTestCheckpoints,
  createTestPublisher,
  messageOf,
  whileRunning,
} from './bus-contract-case.ts';

const BOARDED = 'flights.passenger-boarded.v1';
const LANDED = 'flights.flight-landed.v1';
const ADMITTED = 'passengers.admitted.v1';
/** More than a page of any bus. */
const MANY = 1_300;

export const busDeliveryCases: readonly BusCase[] = [
  {
    name: 'messages of the subscribed topics arrive whole and in order, others do not',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED, LANDED]);
        const collector = createCollector();
        start(bus.consume(subscriptionOf('group-1', [BOARDED], collector.handle)));
        const wanted = [messageOf(BOARDED, 'flight-1', 1), messageOf(BOARDED, 'flight-1', 2)];
        flights.publish(wanted[0], messageOf(LANDED, 'flight-1'), undefined, wanted[1]);
        await collector.until(2);
        expect(firstOfEach(collector.messages)).toEqual(wanted);
      }),
  },
  {
    name: 'a feed that is offered after its consumers have started is picked up',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const collector = createCollector();
        const topics = [BOARDED, ADMITTED];
        start(bus.consume(subscriptionOf('group-1', topics, collector.handle)));
        const [flights, passengers] = [
          createTestPublisher('flights'),
          createTestPublisher('passengers'),
        ];
        offer(bus, flights, [BOARDED]);
        flights.publish(messageOf(BOARDED, 'flight-1'));
        await collector.until(1);
        offer(bus, passengers, [ADMITTED]);
        passengers.publish(messageOf(ADMITTED, 'passenger-1'));
        await collector.until(2);
      }),
  },
  {
    name: 'a group hears several services side by side',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const [flights, passengers] = [
          createTestPublisher('flights'),
          createTestPublisher('passengers'),
        ];
        offer(bus, flights, [BOARDED, LANDED]);
        offer(bus, passengers, [ADMITTED]);
        const heard = createCollector();
        const { opened, open } = createGate();
        const handle = async (messages: readonly BusMessage[]) => {
          await heard.handle(messages);
          // The flights' message is done only after one of the passengers has come.
          if (messages.some(({ topic }) => topic === BOARDED)) await opened;
          else open();
        };
        start(bus.consume(subscriptionOf('group-1', [BOARDED, ADMITTED, LANDED], handle)));
        flights.publish(messageOf(BOARDED, 'flight-1'));
        await heard.until(1);
        passengers.publish(messageOf(ADMITTED, 'passenger-1'));
        await heard.until(2);
        flights.publish(messageOf(LANDED, 'flight-1'));
        await heard.until(3);
      }),
  },
  {
    name: 'messages of one key arrive in the order they were published, over many pages',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        const collector = createCollector();
        start(bus.consume(subscriptionOf('group-1', [BOARDED], collector.handle)));
        const sent = Array.from({ length: MANY }, (_, n) =>
          messageOf(BOARDED, `flight-${n % 7}`, n),
        );
        flights.publish(...sent);
        await collector.until(MANY);
        for (let key = 0; key < 7; key += 1) {
          const numbers = (messages: readonly BusMessage[]) =>
            messages.filter((one) => one.key === `flight-${key}`).map(({ data }) => data.n);
          expect(numbers(firstOfEach(collector.messages))).toEqual(numbers(sent));
        }
      }),
  },
  {
    name: 'every group gets every message',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        const groups = ['group-1', 'group-2', 'group-3'].map((name) => {
          const collector = createCollector();
          start(bus.consume(subscriptionOf(name, [BOARDED], collector.handle)));
          return collector;
        });
        const sent = Array.from({ length: 20 }, (_, n) => messageOf(BOARDED, 'flight-1', n));
        flights.publish(...sent);
        for (const collector of groups) {
          await collector.until(20);
          expect(firstOfEach(collector.messages)).toEqual(sent);
        }
      }),
  },
  {
    name: 'a slow group delays only itself',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        const { opened, open } = createGate();
        const slow = createCollector(() => opened);
        const quick = createCollector();
        start(bus.consume(subscriptionOf('slow', [BOARDED], slow.handle)));
        start(bus.consume(subscriptionOf('quick', [BOARDED], quick.handle)));
        try {
          for (let n = 1; n <= 10; n += 1) {
            flights.publish(messageOf(BOARDED, 'flight-1', n));
            await quick.until(n);
          }
          expect(slow.messages).toEqual([]);
        } finally {
          open();
        }
        await slow.until(10);
        expect(slow.ids()).toEqual(quick.ids());
      }),
  },
];

function subscriptionOf(
  group: string,
  topics: readonly string[],
  handle: (messages: readonly BusMessage[]) => Promise<void>,
) {
  return { group, topics, handle, checkpoints: createTestCheckpoints() };
}

/** Without repeats, which every bus may make. */
function firstOfEach(messages: readonly BusMessage[]): readonly BusMessage[] {
  return [...new Map(messages.map((one) => [one.id, one] as const)).values()];
}
