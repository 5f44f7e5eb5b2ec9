import { fold, isRejection, type Placed } from '@tidemark/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decide,
  exists,
  type FlightCommand,
  type FlightEvent,
  flightDecider,
} from '../domain/flight.ts';
import { type FlightRow, flights } from './flights.ts';

const scheduled: FlightEvent = {
  type: 'FlightScheduled',
  data: { flightNumber: 'TM1', origin: 'Oslo', destination: 'Rome' },
};

function place(event: FlightEvent, index: number): Placed<FlightEvent> {
  return {
    id: `e${index}`,
    stream: 'flight-f1',
    revision: index,
    position: BigInt(index + 7),
    recordedAt: '2026-11-21T08:00:00.000Z',
    cause: { correlationId: 'c', causationId: 'c', actor: 'test' },
    event,
  };
}

function rowOf(events: readonly FlightEvent[]): FlightRow | undefined {
  return events
    .map(place)
    .reduce<FlightRow | undefined>((row, placed) => flights.evolve(row, placed, 'f1'), undefined);
}

test('a new flight has a row that keeps the order of creation', () => {
  expect(flights.key(place(scheduled, 0))).toEqual(['f1']);
  expect(rowOf([scheduled])).toEqual({
    ...scheduled.data,
    id: 'f1',
    status: 'waiting-for-boarding',
    total: 0,
    boarded: 0,
    order: 7,
  });
});

test('all events of a row are in the stream that it names, so it can be asked as of a moment', () => {
  expect(flights.query?.('f1')).toEqual({ streams: [place(scheduled, 0).stream] });
});

test('a deleted flight has no row', () => {
  expect(rowOf([scheduled, { type: 'FlightDeleted', data: { passengerIds: [] } }])).toBeUndefined();
});

const who = fc.constantFrom('ann', 'bob', 'cid').map((passengerId) => ({ passengerId }));
const command: fc.Arbitrary<FlightCommand> = fc.oneof(
  who.map((data) => ({ type: 'AdmitPassenger', data }) as const),
  who.map((data) => ({ type: 'BoardPassenger', data }) as const),
  who.map((data) => ({ type: 'ReleasePassenger', data }) as const),
  fc.constant({ type: 'ReviseFlight', data: { origin: 'Bern' } } as const),
  fc.constant({ type: 'DepartFlight', data: {} } as const),
  fc.constant({ type: 'LandFlight', data: {} } as const),
  fc.constant({ type: 'DeleteFlight', data: {} } as const),
);

test('whatever happens to a flight, its row says the same as the flight itself', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      const events: FlightEvent[] = [scheduled];
      for (const asked of commands) {
        const decision = decide(asked, fold(flightDecider, events));
        if (!isRejection(decision)) events.push(...decision);
      }
      const flight = fold(flightDecider, events);
      const row = rowOf(events);
      if (!exists(flight)) {
        expect(row).toBeUndefined();
        return;
      }
      const { waiting, boarded, ...fields } = flight;
      expect(row).toEqual({
        ...fields,
        id: 'f1',
        order: 7,
        total: waiting.length + boarded.length,
        boarded: boarded.length,
      });
    }),
  );
});
