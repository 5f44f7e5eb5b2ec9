// Two-phase work, the services: what the guide shows, run by its test.
import { createLogBus } from '@tidemark/bus-log';
import {
  type BusMessage,
  type Codec,
  createCodec,
  type Logger,
  type Message,
  type MessageBus,
  type Runnable,
  storedAs,
} from '@tidemark/core';
import {
  type CommandOutcome,
  causedBy,
  createCommandHandler,
  createFeed,
  createInbox,
  createMemoryKeys,
  createProcessManager,
  createRelay,
  type FailurePolicy,
  type MessagesOut,
} from '@tidemark/runtime';
import { z } from 'zod';
import {
  type BookingInput,
  booking,
  type PlacesEvent,
  placesDecider,
  type TripCommand,
  type TripEvent,
  toBookingInput,
  tripDecider,
} from './two-phase-work.domain.ts';
import type { Kept, Machine, Power } from './two-phase-work.machine.ts';

const tripId = z.string();
const wants = z.record(z.string(), z.string());
const answer = z.object({ tripId, service: z.string(), held: z.boolean() });
const order = z.object({ step: z.enum(['Try', 'Confirm', 'Cancel']), tripId, wants });

const placesCodec = createCodec<PlacesEvent>({
  PlaceHeld: storedAs(z.object({ tripId })),
  PlaceRefused: storedAs(z.object({ tripId })),
  PlaceConfirmed: storedAs(z.object({ tripId })),
  PlaceReleased: storedAs(z.object({ tripId })),
});
const tripCodec = createCodec<TripEvent>({
  TripAsked: storedAs(z.object({ tripId, wants })),
  AnswerNoted: storedAs(answer),
  TripConfirmed: storedAs(z.object({ tripId, wants })),
  TripCalledOff: storedAs(z.object({ tripId, wants, because: z.string() })),
});
const inputs = createCodec<BookingInput>({
  Asked: storedAs(z.object({ tripId, services: z.array(z.string()) })),
  Answered: storedAs(answer),
  TimeIsUp: storedAs(z.object({ tripId })),
  Decided: storedAs(z.object({ tripId })),
});

const ORDERS = 'trips.orders.v1';
const STEPS = { TripAsked: 'Try', TripConfirmed: 'Confirm', TripCalledOff: 'Cancel' } as const;

/** The outbox of trips: what was recorded, as an order to the services. */
const tripsOut: MessagesOut<TripEvent> = ({ event: { type, data } }) => {
  if (type === 'AnswerNoted') return [];
  const { tripId, wants } = data;
  return [{ topic: ORDERS, key: tripId, data: { step: STEPS[type], tripId, wants } }];
};

/** The outbox of a service with places: its answers. */
const placesOut =
  (service: string): MessagesOut<PlacesEvent> =>
  ({ event: { type, data } }) => {
    if (type !== 'PlaceHeld' && type !== 'PlaceRefused') return [];
    const { tripId } = data;
    const held = type === 'PlaceHeld';
    return [{ topic: `${service}.answers.v1`, key: tripId, data: { tripId, service, held } }];
  };

/** For the test: the first failure ends the reader. A service retries, and then parks. */
const onFailure: FailurePolicy = { retries: 0, backoffMs: 1, giveUp: 'stop' };
const keys = createMemoryKeys();
const log: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => log,
};

/** What comes again must not count again: the message's id is the command's. */
const contextOf = (message: BusMessage) => ({ commandId: message.id, cause: causedBy(message) });

/** What is held can be confirmed, and anything can be cancelled: should it fail, people must see it. */
function assertDone({ status }: CommandOutcome): void {
  if (status !== 'accepted' && status !== 'unchanged') throw new Error(`the order is ${status}`);
}

/** A refusal is an answer, somebody decided first; only being in each other's way is tried again. */
function assertSettled({ status }: CommandOutcome): void {
  if (status === 'conflicted') throw new Error('the trip is written too often just now');
}

interface Parts extends Kept {
  readonly bus: MessageBus;
  readonly clock: Machine['clock'];
}

function composePlaces(service: string, parts: Parts): readonly Runnable[] {
  const { store, bus, checkpoints, clock } = parts;
  const aggregate = { category: 'places', codec: placesCodec, decider: placesDecider };
  const places = createCommandHandler({ store, keys, aggregate });
  const handle = async (message: BusMessage): Promise<void> => {
    const { step, tripId, wants } = order.parse(message.data);
    const wanted = wants[service];
    if (wanted === undefined) return;
    const command = { type: step, data: { tripId } };
    assertDone(await places.handle(wanted, command, contextOf(message)));
  };
  const topics = [ORDERS];
  const inbox = createInbox({
    ...{ bus, group: service, topics, handle, checkpoints, onFailure, clock, log },
  });
  return [inbox, ...offer(service, parts, { codec: placesCodec, out: placesOut(service) })];
}

function offer<Event extends Message>(
  service: string,
  { store, bus, checkpoints }: Parts,
  { codec, out }: { readonly codec: Codec<Event>; readonly out: MessagesOut<Event> },
): readonly Runnable[] {
  const feed = createFeed({ service, store, codec, out });
  const topics = [service === 'trips' ? ORDERS : `${service}.answers.v1`];
  return bus.offer(feed, (publish) => createRelay({ feed, topics, publish, checkpoints }));
}

/** Trips, and what can be told to them. */
function composeTrips(parts: Parts) {
  const { store, timers, bus, checkpoints, clock } = parts;
  const aggregate = { category: 'trip', codec: tripCodec, decider: tripDecider };
  const trips = createCommandHandler({ store, keys, aggregate });
  const running = { checkpoints, onFailure, clock, log };

  const bookings = createProcessManager({
    process: booking,
    inputs,
    source: { categories: ['trip'], codec: tripCodec },
    toInput: ({ event }) => toBookingInput(event),
    send: async (command, context) =>
      assertSettled(await trips.handle(command.data.tripId, command, context)),
    ...{ store, keys, timers, ...running },
  });
  const handle = async (message: BusMessage): Promise<void> => {
    const data = answer.parse(message.data);
    const command = { type: 'NoteAnswer', data } as const;
    assertSettled(await trips.handle(data.tripId, command, contextOf(message)));
  };
  const topics = ['trains.answers.v1', 'hotels.answers.v1'];
  const inbox = createInbox({ ...{ bus, group: 'trips', topics, handle }, ...running });
  const runnables = [
    inbox,
    bookings,
    ...offer('trips', parts, { codec: tripCodec, out: tripsOut }),
  ];
  return { trips, runnables };
}

/** One process on what the machine keeps: trips, and those of the services with places that are named. */
export async function startServices(
  machine: Machine,
  power: Power,
  withPlaces: readonly string[] = ['trains', 'hotels'],
) {
  const bus = createLogBus();
  const open = async (service: string): Promise<Parts> => ({
    ...(await machine.open(service, power)),
    ...{ bus, clock: machine.clock },
  });
  const { trips, runnables } = composeTrips(await open('trips'));
  const all = [...runnables];
  for (const service of withPlaces) all.push(...composePlaces(service, await open(service)));
  const stopping = new AbortController();
  const ended = Promise.allSettled(all.map(({ run }) => run(stopping.signal)));
  return {
    tell: (command: TripCommand, commandId: string) => {
      const cause = { correlationId: commandId, causationId: commandId, actor: 'guide' };
      return trips.handle(command.data.tripId, command, { commandId, cause });
    },
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
