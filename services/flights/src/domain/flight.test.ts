import { fold, isRejection } from '@tidemark/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decide,
  type FlightCommand,
  type FlightEvent,
  flightDecider,
  PASSENGER_LIMIT,
} from './flight.ts';

const scheduled: FlightEvent = {
  type: 'FlightScheduled',
  data: { flightNumber: 'TM1', origin: 'Oslo', destination: 'Rome' },
};
const admitted = (passengerId: string): FlightEvent => ({
  type: 'PassengerAdmitted',
  data: { passengerId },
});
const boarded = (passengerId: string): FlightEvent => ({
  type: 'PassengerBoarded',
  data: { passengerId },
});
const released = (passengerId: string, hadBoarded: boolean): FlightEvent => ({
  type: 'PassengerReleased',
  data: { passengerId, hadBoarded },
});
const allBoarded: FlightEvent = { type: 'AllPassengersBoarded', data: {} };
const departed: FlightEvent = { type: 'FlightDeparted', data: {} };
const landed: FlightEvent = { type: 'FlightLanded', data: { passengerIds: ['ann'] } };
const deleted: FlightEvent = { type: 'FlightDeleted', data: { passengerIds: ['ann'] } };

const annAboard = [scheduled, admitted('ann'), boarded('ann'), allBoarded];
const inTheAir = [...annAboard, departed];
const onTheGround = [...inTheAir, landed];

const given = (...events: FlightEvent[]) => ({
  when: (command: FlightCommand) => decide(command, fold(flightDecider, events)),
});
const admit = (passengerId: string): FlightCommand => ({
  type: 'AdmitPassenger',
  data: { passengerId },
});
const board = (passengerId: string): FlightCommand => ({
  type: 'BoardPassenger',
  data: { passengerId },
});
const release = (passengerId: string): FlightCommand => ({
  type: 'ReleasePassenger',
  data: { passengerId },
});
const depart: FlightCommand = { type: 'DepartFlight', data: {} };
const land: FlightCommand = { type: 'LandFlight', data: {} };
const remove: FlightCommand = { type: 'DeleteFlight', data: {} };
const revise = (data: { flightNumber?: string; origin?: string }): FlightCommand => ({
  type: 'ReviseFlight',
  data,
});
const no = (rejected: string) => expect.objectContaining({ rejected });

describe('scheduling', () => {
  test('a flight is scheduled with what was asked', () => {
    expect(given().when({ type: 'ScheduleFlight', data: scheduled.data as never })).toEqual([
      scheduled,
    ]);
  });

  test('scheduling it again changes nothing, also after it was deleted', () => {
    const again: FlightCommand = { type: 'ScheduleFlight', data: scheduled.data as never };
    expect(given(scheduled).when(again)).toEqual([]);
    expect(given(...onTheGround, deleted).when(again)).toEqual([]);
  });

  test.each([
    ['revise', revise({ origin: 'Bern' })],
    ['admit', admit('ann')],
    ['board', board('ann')],
    ['release', release('ann')],
    ['depart', depart],
    ['land', land],
    ['delete', remove],
  ])('nobody can %s a flight that does not exist or was deleted', (_, command) => {
    expect(given().when(command)).toEqual(no('flight-not-found'));
    expect(given(...onTheGround, deleted).when(command)).toEqual(no('flight-not-found'));
  });
});

describe('revising', () => {
  test('only the fields that changed are recorded', () => {
    expect(given(scheduled).when(revise({ flightNumber: 'TM1', origin: 'Bern' }))).toEqual([
      { type: 'FlightRevised', data: { origin: 'Bern' } },
    ]);
  });

  test('a revision that changes nothing records nothing', () => {
    expect(given(scheduled).when(revise({ flightNumber: 'TM1' }))).toEqual([]);
  });

  test('the revised flight holds the new fields and keeps the others', () => {
    const events = [scheduled, { type: 'FlightRevised', data: { origin: 'Bern' } }] as const;
    expect(fold(flightDecider, events)).toMatchObject({ flightNumber: 'TM1', origin: 'Bern' });
  });

  test('a flight that has departed or arrived is not revised', () => {
    for (const events of [inTheAir, onTheGround]) {
      expect(given(...events).when(revise({ origin: 'Bern' }))).toEqual(
        no('flight-already-departed'),
      );
    }
  });
});

describe('admitting', () => {
  test('a passenger is admitted once', () => {
    expect(given(scheduled).when(admit('ann'))).toEqual([admitted('ann')]);
    expect(given(scheduled, admitted('ann')).when(admit('ann'))).toEqual([]);
    expect(given(...annAboard).when(admit('ann'))).toEqual([]);
  });

  test('a passenger who is admitted after all had boarded makes the flight wait again', () => {
    expect(given(...annAboard).when(admit('bob'))).toEqual([admitted('bob')]);
    expect(fold(flightDecider, [...annAboard, admitted('bob')]).status).toBe(
      'waiting-for-boarding',
    );
  });

  test('nobody is admitted after departure', () => {
    for (const events of [inTheAir, onTheGround]) {
      expect(given(...events).when(admit('bob'))).toEqual(no('flight-already-departed'));
    }
  });

  test('a repeated admission after departure changes nothing', () => {
    expect(given(...inTheAir).when(admit('ann'))).toEqual([]);
  });

  test('the flight is full at its limit and open one below', () => {
    const others = Array.from({ length: PASSENGER_LIMIT }, (_, n) => admitted(`p${n}`));
    expect(given(scheduled, ...others).when(admit('ann'))).toEqual(no('flight-full'));
    expect(given(scheduled, ...others.slice(1)).when(admit('ann'))).toEqual([admitted('ann')]);
  });
});

describe('boarding', () => {
  test('the only passenger makes the flight all-boarded', () => {
    expect(given(scheduled, admitted('ann')).when(board('ann'))).toEqual([
      boarded('ann'),
      allBoarded,
    ]);
  });

  test('the last of several makes the flight all-boarded, the one before does not', () => {
    const two = [scheduled, admitted('ann'), admitted('bob')];
    expect(given(...two).when(board('bob'))).toEqual([boarded('bob')]);
    expect(given(...two, boarded('bob')).when(board('ann'))).toEqual([boarded('ann'), allBoarded]);
  });

  test('boarding again changes nothing, also after departure', () => {
    expect(given(...annAboard).when(board('ann'))).toEqual([]);
    expect(given(...inTheAir).when(board('ann'))).toEqual([]);
  });

  test('somebody who is not on the list cannot board', () => {
    expect(given(scheduled).when(board('ann'))).toEqual(no('passenger-not-admitted'));
    expect(given(...annAboard, released('ann', true)).when(board('ann'))).toEqual(
      no('passenger-not-admitted'),
    );
  });

  test('nobody else boards after departure', () => {
    expect(given(...inTheAir).when(board('bob'))).toEqual(no('flight-already-departed'));
  });
});

describe('releasing', () => {
  test('the last one who had not boarded completes the others', () => {
    const waitsForBob = [scheduled, admitted('ann'), admitted('bob'), boarded('ann')];
    expect(given(...waitsForBob).when(release('bob'))).toEqual([
      released('bob', false),
      allBoarded,
    ]);
  });

  test('the last passenger of all leaves a flight that waits', () => {
    expect(given(scheduled, admitted('ann')).when(release('ann'))).toEqual([
      released('ann', false),
    ]);
    expect(given(...annAboard).when(release('ann'))).toEqual([released('ann', true)]);
    expect(fold(flightDecider, [...annAboard, released('ann', true)]).status).toBe(
      'waiting-for-boarding',
    );
  });

  test('one of several aboard leaves the flight all-boarded', () => {
    const both = [scheduled, admitted('ann'), admitted('bob'), boarded('ann'), boarded('bob')];
    expect(given(...both, allBoarded).when(release('bob'))).toEqual([released('bob', true)]);
    expect(fold(flightDecider, [...both, allBoarded, released('bob', true)]).status).toBe(
      'all-boarded',
    );
  });

  test('releasing again, or somebody never admitted, changes nothing', () => {
    expect(given(scheduled).when(release('ann'))).toEqual([]);
    expect(given(...annAboard, released('ann', true)).when(release('ann'))).toEqual([]);
  });

  test('nobody is released after departure', () => {
    for (const events of [inTheAir, onTheGround]) {
      expect(given(...events).when(release('ann'))).toEqual(no('flight-already-departed'));
    }
  });
});

describe('departing, landing, deleting', () => {
  test('a flight departs when all have boarded', () => {
    expect(given(...annAboard).when(depart)).toEqual([departed]);
  });

  test('a flight does not depart while somebody is missing, or empty', () => {
    expect(given(scheduled, admitted('ann')).when(depart)).toEqual(no('not-all-boarded'));
    expect(given(scheduled).when(depart)).toEqual(no('not-all-boarded'));
    expect(given(...annAboard, admitted('bob')).when(depart)).toEqual(no('not-all-boarded'));
    expect(given(...annAboard, released('ann', true)).when(depart)).toEqual(no('not-all-boarded'));
  });

  test('departing again changes nothing, and is refused after arrival', () => {
    expect(given(...inTheAir).when(depart)).toEqual([]);
    expect(given(...onTheGround).when(depart)).toEqual(no('flight-already-arrived'));
  });

  test('a flight lands once it has departed, with everybody aboard', () => {
    expect(given(...inTheAir).when(land)).toEqual([landed]);
    expect(given(...annAboard).when(land)).toEqual(no('flight-not-departed'));
    expect(given(scheduled).when(land)).toEqual(no('flight-not-departed'));
  });

  test('landing again changes nothing', () => {
    expect(given(...onTheGround).when(land)).toEqual([]);
  });

  test('a flight is deleted once it has arrived, with everybody who was aboard', () => {
    expect(given(...onTheGround).when(remove)).toEqual([deleted]);
    for (const events of [[scheduled], annAboard, inTheAir]) {
      expect(given(...events).when(remove)).toEqual(no('flight-not-arrived'));
    }
  });
});

test('whatever is asked in any order, "all boarded" is true exactly when somebody is aboard and nobody is missing', () => {
  const who = fc.constantFrom('ann', 'bob', 'cid');
  const command = fc.oneof(who.map(admit), who.map(board), who.map(release));
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      let state = fold(flightDecider, [scheduled]);
      for (const asked of commands) {
        const decision = decide(asked, state);
        if (!isRejection(decision)) state = fold(flightDecider, decision, state);
        if (!('waiting' in state)) throw new Error('the flight is gone');
        const complete = state.boarded.length > 0 && state.waiting.length === 0;
        expect(state.status).toBe(complete ? 'all-boarded' : 'waiting-for-boarding');
      }
    }),
  );
});
