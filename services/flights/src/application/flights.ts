import type { Placed, ReadModel } from '@tidemark/core';
import type { Flight, FlightEvent } from '../domain/flight.ts';
import { FLIGHT, flightIdOf, streamOf } from './flight-stream.ts';

/** A flight as lists show it. */
export interface FlightRow {
  readonly id: string;
  readonly flightNumber: string;
  readonly origin: string;
  readonly destination: string;
  readonly departsAt?: string;
  readonly status: Flight['status'];
  /** Passengers on the list, and how many of them are aboard. */
  readonly total: number;
  readonly boarded: number;
  /** Position of its first event: the order of creation. */
  readonly order: number;
}

/** All flights that exist, to be listed by their creation. */
export const flights: ReadModel<FlightEvent, FlightRow> = {
  name: 'flights',
  version: 1,
  categories: [FLIGHT],
  indexes: { by_order: ['order'], by_status: ['status', 'order'] },
  key: ({ stream }) => [flightIdOf(stream)],
  query: (flightId) => ({ streams: [streamOf(flightId)] }),
  evolve: (row, placed) => {
    if (placed.event.type === 'FlightScheduled') return newRow(placed, placed.event.data);
    return row === undefined ? undefined : changed(row, placed.event);
  },
};

type Event = Placed<FlightEvent>['event'];
type Scheduled = Extract<Event, { type: 'FlightScheduled' }>;

function newRow(placed: Placed<FlightEvent>, data: Scheduled['data']): FlightRow {
  return {
    id: flightIdOf(placed.stream),
    status: 'waiting-for-boarding',
    total: 0,
    boarded: 0,
    order: Number(placed.position),
    ...data,
  };
}

function changed(row: FlightRow, event: Exclude<Event, Scheduled>): FlightRow | undefined {
  switch (event.type) {
    case 'FlightRevised':
      return { ...row, ...event.data };
    case 'PassengerAdmitted':
      return { ...row, status: 'waiting-for-boarding', total: row.total + 1 };
    case 'PassengerBoarded':
      return { ...row, boarded: row.boarded + 1 };
    case 'PassengerReleased':
      return afterRelease(row, event.data.hadBoarded);
    case 'AllPassengersBoarded':
      return { ...row, status: 'all-boarded' };
    case 'FlightDeparted':
      return { ...row, status: 'departed' };
    case 'FlightLanded':
      return { ...row, status: 'arrived' };
    case 'FlightDeleted':
      return undefined;
  }
}

function afterRelease(row: FlightRow, hadBoarded: boolean): FlightRow {
  const total = row.total - 1;
  const status = total === 0 ? 'waiting-for-boarding' : row.status;
  return { ...row, status, total, boarded: row.boarded - (hadBoarded ? 1 : 0) };
}
