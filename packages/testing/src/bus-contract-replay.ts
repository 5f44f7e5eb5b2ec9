import type { BusMessage } from '@tidemark/core';
import { expect } from 'vitest';
import {
  type BusCase,
  createCollector,
  createGate,
  createTestCheckpoints,
  createTestPublisher,
  messageOf,
  type Running,
  whileRunning,
} from './bus-contract-case.ts';

const BOARDED = 'flights.passenger-boarded.v1';
const FLIGHTS = { service: 'flights' } as const;

type Run = Parameters<BusCase['run']>[0];

/** A group that has got five messages of two keys, each recorded a second after the one before. */
async function fedGroup({ bus }: Run, { offer, start }: Running) {
  const flights = createTestPublisher('flights');
  offer(bus, flights, [BOARDED]);
  const collector = createCollector();
  start(bus.consume(subscriptionOf('group-1', collector.handle)));
  const sent = Array.from({ length: 5 }, (_, n) => numbered(n));
  flights.publish(...sent);
  await collector.until(5);
  return { flights, collector, sent };
}

export const busReplayCases: readonly BusCase[] = [
  {
    name: 'old messages come again whole, under their ids and in order, to one group and no other',
    run: (subject) =>
      whileRunning(async (running) => {
        const { bus } = subject;
        const { collector, sent, flights } = await fedGroup(subject, running);
        const other = createCollector();
        running.start(bus.consume(subscriptionOf('group-2', other.handle)));
        await other.until(5);
        await bus.replay({ group: 'group-1', ...FLIGHTS, from: { position: 1n } });
        await arrived(collector, 10);
        expect(collector.messages.slice(5, 10)).toEqual(sent);
        flights.publish(numbered(5));
        await other.until(6);
        expect(other.messages).toHaveLength(6);
      }),
  },
  {
    name: 'a replay begins with the message at the position that is asked for',
    run: (subject) =>
      whileRunning(async (running) => {
        const { collector } = await fedGroup(subject, running);
        await subject.bus.replay({ group: 'group-1', ...FLIGHTS, from: { position: 4n } });
        await arrived(collector, 7);
        expect(numbersOf(collector.messages).slice(5)).toEqual([3, 4]);
      }),
  },
  {
    name: 'a replay begins with the first message recorded at the time that is asked for, or later',
    run: (subject) =>
      whileRunning(async (running) => {
        const { collector } = await fedGroup(subject, running);
        const ask = (time: string) =>
          subject.bus.replay({ group: 'group-1', ...FLIGHTS, from: { time } });
        await ask('2030-01-01T00:00:03.000Z');
        await arrived(collector, 7);
        await ask('2030-01-01T00:00:01.001Z');
        await arrived(collector, 10);
        expect(numbersOf(collector.messages).slice(5)).toEqual([3, 4, 2, 3, 4]);
      }),
  },
  {
    name: 'new messages of a key come behind the old ones that are fed again',
    run: (subject) =>
      whileRunning(async (running) => {
        const { collector, flights } = await fedGroup(subject, running);
        await subject.bus.replay({ group: 'group-1', ...FLIGHTS, from: { position: 1n } });
        flights.publish(numbered(5), numbered(6));
        await arrived(collector, 12);
        expect(numbersOf(collector.messages).slice(5)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      }),
  },
  {
    name: 'a group that is in the middle of a message is fed again behind it',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        const [begun, release] = [createGate(), createGate()];
        const collector = createCollector(async ([first]) => {
          if (first?.data.n !== 1) return;
          begun.open();
          await release.opened;
        });
        start(bus.consume(subscriptionOf('group-1', collector.handle)));
        flights.publish(numbered(0));
        await collector.until(1);
        flights.publish(numbered(1));
        await begun.opened;
        const replay = bus.replay({ group: 'group-1', ...FLIGHTS, from: { position: 1n } });
        release.open();
        await replay;
        await arrived(collector, 4);
        expect(numbersOf(collector.messages)).toEqual([0, 1, 0, 1]);
      }),
  },
  {
    name: 'a replay of what a group has not come to yet leaves nothing out',
    run: ({ bus }) =>
      whileRunning(async ({ offer, start }) => {
        const flights = createTestPublisher('flights');
        offer(bus, flights, [BOARDED]);
        const collector = createCollector();
        const consumer = bus.consume(subscriptionOf('group-1', collector.handle));
        flights.publish(numbered(0), numbered(1), numbered(2));
        await bus.replay({ group: 'group-1', ...FLIGHTS, from: { position: 3n } });
        start(consumer);
        await collector.until(3);
        expect(new Set(numbersOf(collector.messages))).toEqual(new Set([0, 1, 2]));
      }),
  },
  {
    name: 'a replay tells how far it has come',
    run: (subject) =>
      whileRunning(async (running) => {
        const { bus } = subject;
        const { collector } = await fedGroup(subject, running);
        expect(bus.replays('group-1')).toEqual([]);
        const begun = await bus.replay({
          ...{ group: 'group-1', ...FLIGHTS, from: { position: 2n } },
        });
        expect(begun).toMatchObject({ ...FLIGHTS, from: 2n, upTo: 5n });
        await arrived(collector, 9);
        for (let turns = 0; !isDone(bus.replays('group-1')) && turns < 1_000; turns += 1)
          await turn();
        expect(bus.replays('group-1')).toEqual([
          { ...FLIGHTS, from: 2n, upTo: 5n, position: 5n, messages: 4, done: true },
        ]);
      }),
  },
  {
    name: 'a replay for a group, or of a service, that is not there is refused',
    run: (subject) =>
      whileRunning(async (running) => {
        const { bus } = subject;
        await fedGroup(subject, running);
        const from = { position: 1n };
        const refused = { code: 'CONFIGURATION_INVALID' };
        await expect(bus.replay({ group: 'nobody', ...FLIGHTS, from })).rejects.toMatchObject(
          refused,
        );
        const deaf = { group: 'group-1', service: 'passengers', from };
        await expect(bus.replay(deaf)).rejects.toMatchObject(refused);
      }),
  },
];

const isDone = (replays: readonly { readonly done: boolean }[]) => replays.every((one) => one.done);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Resolves once so many have come, repeats counted. */
async function arrived(
  { messages }: { readonly messages: readonly BusMessage[] },
  count: number,
): Promise<void> {
  for (let turns = 0; messages.length < count; turns += 1) {
    if (turns > 100_000) throw new Error(`${messages.length} of ${count} messages have come`);
    await turn();
  }
}

/** The n-th message, recorded n seconds after the first, of one of two keys. */
function numbered(n: number): BusMessage {
  const time = new Date(Date.UTC(2030, 0, 1, 0, 0, n)).toISOString();
  return { ...messageOf(BOARDED, `flight-${n % 2}`, n), time };
}

function numbersOf(messages: readonly BusMessage[]): readonly unknown[] {
  return messages.map(({ data }) => data.n);
}

function subscriptionOf(group: string, handle: (messages: readonly BusMessage[]) => Promise<void>) {
  return { group, topics: [BOARDED], handle, checkpoints: createTestCheckpoints() };
}
