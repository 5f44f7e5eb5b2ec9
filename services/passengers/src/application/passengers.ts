import type { Placed, ReadModel, Sealed } from '@tidemark/core';
import type { Passenger, PassengerEvent } from '../domain/passenger.ts';
import { PASSENGER, passengerIdOf, streamOf } from './streams.ts';

/** A passenger as lists show it. The name stays sealed; it is opened when answering. */
export interface PassengerRow {
  readonly id: string;
  readonly flightId: string;
  readonly name: Sealed;
  readonly status: Passenger['status'];
  /** Why the flight refused; only with status `refused`. */
  readonly reason?: string;
  /** Position of its first event: the order of the requests. */
  readonly order: number;
}

/** All passengers that exist, to be listed by their requests. */
export const passengers: ReadModel<PassengerEvent, PassengerRow> = {
  name: 'passengers',
  version: 1,
  categories: [PASSENGER],
  indexes: { by_order: ['order'], by_flight: ['flightId', 'order'] },
  key: ({ stream }) => [passengerIdOf(stream)],
  query: (passengerId) => ({ streams: [streamOf(passengerId)] }),
  evolve: (row, placed) => {
    if (placed.event.type === 'PassengerCheckInRequested') return newRow(placed, placed.event.data);
    return row === undefined ? undefined : changed(row, placed.event);
  },
};

type Event = Placed<PassengerEvent>['event'];
type Requested = Extract<Event, { type: 'PassengerCheckInRequested' }>;

function newRow(
  { stream, position }: Placed<PassengerEvent>,
  { flightId, name }: Requested['data'],
): PassengerRow {
  const id = passengerIdOf(stream);
  return { id, flightId, name, status: 'requested', order: Number(position) };
}

function changed(row: PassengerRow, event: Exclude<Event, Requested>): PassengerRow | undefined {
  switch (event.type) {
    case 'PassengerCheckedIn':
      return { ...row, status: 'checked-in' };
    case 'PassengerRefused':
      return { ...row, status: 'refused', reason: event.data.reason };
    case 'PassengerRenamed':
      return { ...row, name: event.data.name };
    case 'PassengerBoarded':
      return { ...row, status: 'boarded' };
    case 'PassengerArrived':
      return { ...row, status: 'arrived' };
    case 'PassengerRemoved':
      return undefined;
  }
}
