import type { Placed, SealedMessage } from '@tidemark/core';
import { expect, test } from 'vitest';
import type { PassengerEvent } from '../domain/passenger.ts';
import { type PassengerRow, passengers } from './passengers.ts';

type Sealed = SealedMessage<PassengerEvent>;

const name = { $subject: 'p1', $sealed: 'c2VhbGVk' };
const otherName = { $subject: 'p1', $sealed: 'b3RoZXI' };
const requested: Sealed = {
  type: 'PassengerCheckInRequested',
  data: { passengerId: 'p1', flightId: 'f1', name },
};
const checkedIn: Sealed = { type: 'PassengerCheckedIn', data: {} };
const boarded: Sealed = { type: 'PassengerBoarded', data: {} };
const row: PassengerRow = { id: 'p1', flightId: 'f1', name, status: 'requested', order: 7 };

function place(event: Sealed, index: number): Placed<PassengerEvent> {
  return {
    id: `e${index}`,
    stream: 'passenger-p1',
    revision: index,
    position: BigInt(index + 7),
    recordedAt: '2026-11-21T08:00:00.000Z',
    cause: { correlationId: 'c', causationId: 'c', actor: 'test' },
    event,
  };
}

function rowOf(...events: readonly Sealed[]): PassengerRow | undefined {
  return events
    .map(place)
    .reduce<PassengerRow | undefined>(
      (found, placed) => passengers.evolve(found, placed, 'p1'),
      undefined,
    );
}

test('a request has a row under the id of the passenger, with the name as it was sealed', () => {
  expect(passengers.key(place(requested, 0))).toEqual(['p1']);
  expect(rowOf(requested)).toEqual(row);
});

test('all events of a row are in the stream that it names, so it can be asked as of a moment', () => {
  expect(passengers.query?.('p1')).toEqual({ streams: [place(requested, 0).stream] });
});

test.each<[PassengerRow['status'], Sealed[]]>([
  ['checked-in', [checkedIn]],
  ['boarded', [checkedIn, boarded]],
  ['arrived', [checkedIn, boarded, { type: 'PassengerArrived', data: {} }]],
])('the row follows the passenger to %s', (status, events) => {
  expect(rowOf(requested, ...events)).toEqual({ ...row, status });
});

test('a refused request keeps its row and tells why', () => {
  const refused: Sealed = { type: 'PassengerRefused', data: { reason: 'flight-full' } };
  expect(rowOf(requested, refused)).toEqual({ ...row, status: 'refused', reason: 'flight-full' });
});

test('a new name replaces the old one, sealed as well', () => {
  const renamed: Sealed = {
    type: 'PassengerRenamed',
    data: { passengerId: 'p1', name: otherName },
  };
  expect(rowOf(requested, renamed)).toEqual({ ...row, name: otherName });
});

test('a removed passenger has no row, whatever is heard afterwards', () => {
  const removed: Sealed = { type: 'PassengerRemoved', data: { withFlight: true } };
  expect(rowOf(requested, removed)).toBeUndefined();
  expect(rowOf(requested, removed, boarded)).toBeUndefined();
});
