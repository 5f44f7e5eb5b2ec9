import { fold, type Placed } from '@tidemark/core';
import { describe, expect, test } from 'vitest';
import type { FlightNoteEvent } from '../domain/flight-note.ts';
import type { PassengerEvent } from '../domain/passenger.ts';
import { type CheckInInput, checkInProcess, toCheckInInput } from './check-in.process.ts';
import { type ClosingInput, closingProcess, toClosingInput } from './closing.process.ts';

const place = {
  id: 'e1',
  stream: 'any-1',
  revision: 0,
  position: 1n,
  recordedAt: '2026-11-21T08:00:00.000Z',
  cause: { correlationId: 'c', causationId: 'c', actor: 'test' },
} as const;

/** Freezes what a pure function may not change. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).map(frozen);
  return value;
}

describe('check_in', () => {
  const asked: CheckInInput = frozen({
    type: 'CheckInAsked',
    data: { passengerId: 'p1', flightId: 'f1' },
  });

  test('a request to check in starts the instance of its passenger, without the name', () => {
    const event: Placed<PassengerEvent>['event'] = {
      type: 'PassengerCheckInRequested',
      data: { passengerId: 'p1', flightId: 'f1', name: { $subject: 'p1', $sealed: 'x' } },
    };
    expect(toCheckInInput({ ...place, event })).toEqual(asked);
    expect(checkInProcess.correlate(asked)).toBe('p1');
  });

  test('no other event of a passenger concerns it', () => {
    const event: Placed<PassengerEvent>['event'] = { type: 'PassengerCheckedIn', data: {} };
    expect(toCheckInInput({ ...place, event })).toBeUndefined();
  });

  test('asks the flight once, and the same when asked again after a crash', () => {
    const state = frozen(checkInProcess.evolve(frozen(checkInProcess.initialState), asked));
    const expected = [{ kind: 'send', command: { type: 'SettleCheckIn', data: asked.data } }];
    expect(checkInProcess.react(state, asked)).toEqual(expected);
    expect(checkInProcess.react(state, asked)).toEqual(expected);
  });
});

describe('closing', () => {
  const note = frozen({ flightId: 'f1', passengerIds: ['p1', 'p2'] });
  const landing: ClosingInput = frozen({ type: 'LandingHeard', data: note });
  const deletion: ClosingInput = frozen({ type: 'DeletionHeard', data: note });
  const after = (...inputs: ClosingInput[]) => {
    const state = frozen(fold(closingProcess, inputs));
    return closingProcess.react(state, inputs.at(-1) as ClosingInput);
  };
  const send = (type: string) => [
    { kind: 'send', command: { type, data: { passengerIds: ['p1', 'p2'] } } },
  ];

  test('notes of one flight belong to one instance', () => {
    const landed: FlightNoteEvent = { type: 'FlightLandingNoted', data: note };
    const deleted: FlightNoteEvent = { type: 'FlightDeletionNoted', data: note };
    expect(toClosingInput({ ...place, event: landed })).toEqual(landing);
    expect(toClosingInput({ ...place, event: deleted })).toEqual(deletion);
    expect([landing, deletion].map(closingProcess.correlate)).toEqual(['f1', 'f1']);
  });

  test('a landing lets all passengers arrive, a deletion removes them all', () => {
    expect(after(landing)).toEqual(send('ArrivePassengers'));
    expect(after(landing, deletion)).toEqual(send('RemovePassengers'));
    expect(after(deletion)).toEqual(send('RemovePassengers'));
  });

  test('a deletion in several parts removes the passengers of each', () => {
    expect(after(deletion, deletion)).toEqual(send('RemovePassengers'));
  });

  test('nobody arrives with a flight that was deleted', () => {
    expect(after(deletion, landing)).toEqual([]);
  });

  test('a flight without passengers asks for nothing', () => {
    const empty: ClosingInput = {
      type: 'LandingHeard',
      data: { flightId: 'f1', passengerIds: [] },
    };
    expect(after(empty)).toEqual([]);
  });
});
