import { flightsMessages } from '@tidemark/contracts/flights';
import { type BusMessage, type Clock, type EventReader, Fault } from '@tidemark/core';
import { type CommandOutcome, causedBy, type LiveReadModel } from '@tidemark/runtime';
import type { FlightNotebook, Passengers } from '../application/aggregates.ts';
import type { PassengerRow } from '../application/passengers.ts';
import { until } from '../application/until.ts';
import type { PassengerCommand } from '../domain/passenger.ts';

/** What this service listens to. */
export const passengerTopics: readonly string[] = Object.keys(flightsMessages);

const CAUGHT_UP_WITHIN_MS = 5_000;
const PAGE = 1_000;

interface Parts {
  readonly store: EventReader;
  readonly clock: Clock;
  readonly passengers: Passengers;
  readonly notebook: FlightNotebook;
  readonly list: LiveReadModel<PassengerRow>;
}

/**
 * Turns messages of the flights service into commands. The id of the message is the command id, so
 * that repeats change nothing; a rejection settles the message, too.
 */
export function createMessageHandler(parts: Parts): (message: BusMessage) => Promise<void> {
  const { passengers, notebook } = parts;
  const tell = (passengerId: string, command: PassengerCommand, message: BusMessage) =>
    passengers.handle(passengerId, command, contextOf(message));

  return async (message) => {
    switch (message.topic) {
      case 'flights.passenger-boarded.v1': {
        const { passengerId } = flightsMessages[message.topic].parse(message.data);
        return settled(await tell(passengerId, { type: 'RecordBoarded', data: {} }, message));
      }
      case 'flights.passenger-released.v1': {
        const { passengerId } = flightsMessages[message.topic].parse(message.data);
        const because = 'released';
        return settled(
          await tell(passengerId, { type: 'RemovePassenger', data: { because } }, message),
        );
      }
      case 'flights.flight-landed.v1': {
        const data = flightsMessages[message.topic].parse(message.data);
        const command = { type: 'NoteLanding', data } as const;
        return settled(await notebook.handle(data.flightId, command, contextOf(message)));
      }
      case 'flights.flight-deleted.v1': {
        const { flightId, passengerIds } = flightsMessages[message.topic].parse(message.data);
        const here = await passengersOf(parts, flightId);
        const data = { flightId, passengerIds: [...new Set([...passengerIds, ...here])] };
        const command = { type: 'NoteDeletion', data } as const;
        return settled(await notebook.handle(flightId, command, contextOf(message)));
      }
    }
  };
}

function contextOf(message: BusMessage) {
  return { commandId: message.id, cause: causedBy(message) };
}

function settled({ status }: CommandOutcome): void {
  if (status !== 'conflicted') return;
  throw new Fault('STORE_UNAVAILABLE', 'what the message is about is written too often just now');
}

/** Everybody who asked for that flight, so that those it refused go with it, too. */
async function passengersOf(parts: Parts, flightId: string): Promise<readonly string[]> {
  const head = await parts.store.head();
  const reached = await until({ clock: parts.clock, withinMs: CAUGHT_UP_WITHIN_MS }, (signal) =>
    parts.list.reached(head, signal),
  );
  if (!reached) throw new Fault('READ_MODEL_BEHIND', 'passengers of a flight are not listed yet');
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await parts.list.find({
      index: 'by_flight',
      equals: [flightId],
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === undefined) return ids;
    cursor = page.next;
  }
}
