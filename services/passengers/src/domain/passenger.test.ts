import { ERASED, fold } from '@tidemark/core';
import { describe, expect, test } from 'vitest';
import {
  type Because,
  decide,
  evolve,
  type PassengerCommand,
  type PassengerEvent,
  passengerDecider,
} from './passenger.ts';

const requested: PassengerEvent = {
  type: 'PassengerCheckInRequested',
  data: { passengerId: 'p1', flightId: 'f1', name: 'Ada' },
};
const checkedIn: PassengerEvent = { type: 'PassengerCheckedIn', data: {} };
const refused: PassengerEvent = { type: 'PassengerRefused', data: { reason: 'flight-full' } };
const boarded: PassengerEvent = { type: 'PassengerBoarded', data: {} };
const arrived: PassengerEvent = { type: 'PassengerArrived', data: {} };
const removed = (withFlight: boolean): PassengerEvent => ({
  type: 'PassengerRemoved',
  data: { withFlight },
});
const renamed = (name: string): PassengerEvent => ({
  type: 'PassengerRenamed',
  data: { passengerId: 'p1', name },
});

const STATES = {
  unknown: [],
  requested: [requested],
  refused: [requested, refused],
  'checked-in': [requested, checkedIn],
  boarded: [requested, checkedIn, boarded],
  arrived: [requested, checkedIn, boarded, arrived],
  removed: [requested, checkedIn, removed(false)],
} as const satisfies Record<string, readonly PassengerEvent[]>;

type StateName = keyof typeof STATES;
type Expected = string | readonly PassengerEvent[];

const requestCheckIn: PassengerCommand = {
  type: 'RequestCheckIn',
  data: { passengerId: 'p1', flightId: 'f1', name: 'Ada' },
};
const rename = (name: string): PassengerCommand => ({
  type: 'RenamePassenger',
  data: { passengerId: 'p1', name },
});
const remove = (because: Because): PassengerCommand => ({
  type: 'RemovePassenger',
  data: { because },
});

/** What each command answers in each state: events, or the reason of a no. */
const ANSWERS: readonly [string, PassengerCommand, Record<StateName, Expected>][] = [
  [
    'a request to check in is recorded once',
    requestCheckIn,
    {
      unknown: [requested],
      requested: [],
      refused: [],
      'checked-in': [],
      boarded: [],
      arrived: [],
      removed: [],
    },
  ],
  [
    'the yes of the flight settles a request and never turns a refusal around',
    { type: 'RecordCheckedIn', data: {} },
    {
      unknown: 'passenger-not-found',
      requested: [checkedIn],
      refused: 'check-in-refused',
      'checked-in': [],
      boarded: [],
      arrived: [],
      removed: 'passenger-not-found',
    },
  ],
  [
    'the no of the flight settles a request and never turns a check-in around',
    { type: 'RecordRefused', data: { reason: 'flight-full' } },
    {
      unknown: 'passenger-not-found',
      requested: [refused],
      refused: [],
      'checked-in': 'check-in-already-settled',
      boarded: 'check-in-already-settled',
      arrived: 'check-in-already-settled',
      removed: 'passenger-not-found',
    },
  ],
  [
    'another name is recorded unless the check-in was refused',
    rename('Grace'),
    {
      unknown: 'passenger-not-found',
      requested: [renamed('Grace')],
      refused: 'check-in-refused',
      'checked-in': [renamed('Grace')],
      boarded: [renamed('Grace')],
      arrived: [renamed('Grace')],
      removed: 'passenger-not-found',
    },
  ],
  [
    'the same name changes nothing',
    rename('Ada'),
    {
      unknown: 'passenger-not-found',
      requested: [],
      refused: 'check-in-refused',
      'checked-in': [],
      boarded: [],
      arrived: [],
      removed: 'passenger-not-found',
    },
  ],
  [
    'boarding needs a settled check-in and ends with departure',
    { type: 'RecordBoarded', data: {} },
    {
      unknown: 'passenger-not-found',
      requested: 'check-in-not-settled',
      refused: 'check-in-refused',
      'checked-in': [boarded],
      boarded: [],
      arrived: 'flight-already-departed',
      removed: 'passenger-not-found',
    },
  ],
  [
    'who arrives has boarded, also if nobody had said so',
    { type: 'RecordArrived', data: {} },
    {
      unknown: 'passenger-not-found',
      requested: 'check-in-not-settled',
      refused: 'check-in-refused',
      'checked-in': [boarded, arrived],
      boarded: [arrived],
      arrived: [],
      removed: 'passenger-not-found',
    },
  ],
  [
    'a passenger can be removed on request once the check-in is settled and until departure',
    remove('asked'),
    {
      unknown: 'passenger-not-found',
      requested: 'check-in-not-settled',
      refused: [removed(false)],
      'checked-in': [removed(false)],
      boarded: [removed(false)],
      arrived: 'flight-already-departed',
      removed: 'passenger-not-found',
    },
  ],
  [
    'a release by the flight removes only who was on its list',
    remove('released'),
    {
      unknown: 'passenger-not-found',
      requested: [],
      refused: [],
      'checked-in': [removed(false)],
      boarded: [removed(false)],
      arrived: [],
      removed: 'passenger-not-found',
    },
  ],
  [
    'everybody goes with the flight',
    remove('flight-deleted'),
    {
      unknown: 'passenger-not-found',
      requested: [removed(true)],
      refused: [removed(true)],
      'checked-in': [removed(true)],
      boarded: [removed(true)],
      arrived: [removed(true)],
      removed: 'passenger-not-found',
    },
  ],
];

describe.each(ANSWERS)('%s', (_, command, answers) => {
  test.each(Object.entries(answers) as [StateName, Expected][])('%s', (name, expected) => {
    const decision = decide(command, fold(passengerDecider, STATES[name]));
    expect(decision).toEqual(typeof expected === 'string' ? { rejected: expected } : expected);
  });
});

test.each(Object.keys(STATES) as StateName[])('the events lead to the status %s', (name) => {
  expect(fold(passengerDecider, STATES[name]).status).toBe(name);
});

test('a passenger whose name was erased cannot be renamed', () => {
  const erased = evolve(passengerDecider.initialState, {
    type: 'PassengerCheckInRequested',
    data: { passengerId: 'p1', flightId: 'f1', name: ERASED },
  });
  expect(decide(rename('Grace'), erased)).toEqual({ rejected: 'passenger-erased' });
});

test('the new name is the one that counts', () => {
  const state = fold(passengerDecider, [requested, renamed('Grace')]);
  expect(state).toMatchObject({ name: 'Grace' });
});

test('a removed passenger remembers what the check-in was refused with, and an open request counts as refused', () => {
  const after = (...events: PassengerEvent[]) => fold(passengerDecider, events);
  expect(after(requested, refused, removed(true))).toEqual({
    status: 'removed',
    reason: 'flight-full',
  });
  expect(after(requested, removed(true))).toEqual({
    status: 'removed',
    reason: 'flight-not-found',
  });
  expect(after(requested, checkedIn, removed(true))).toEqual({ status: 'removed' });
});
