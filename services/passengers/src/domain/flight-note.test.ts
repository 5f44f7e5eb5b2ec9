import { fold } from '@tidemark/core';
import { expect, test } from 'vitest';
import {
  decide,
  type FlightNoteEvent,
  flightNoteDecider,
  PASSENGERS_PER_NOTE,
} from './flight-note.ts';

const note = { flightId: 'f1', passengerIds: ['p1', 'p2'] };
const landing: FlightNoteEvent = { type: 'FlightLandingNoted', data: note };
const deletion: FlightNoteEvent = { type: 'FlightDeletionNoted', data: note };
const after = (...events: FlightNoteEvent[]) => fold(flightNoteDecider, events);

test('a landing and a deletion are noted once each', () => {
  expect(decide({ type: 'NoteLanding', data: note }, after())).toEqual([landing]);
  expect(decide({ type: 'NoteLanding', data: note }, after(landing))).toEqual([]);
  expect(decide({ type: 'NoteDeletion', data: note }, after(landing))).toEqual([deletion]);
  expect(decide({ type: 'NoteDeletion', data: note }, after(landing, deletion))).toEqual([]);
});

test('a flight without passengers is noted, too', () => {
  const nobody = { flightId: 'f1', passengerIds: [] };
  expect(decide({ type: 'NoteDeletion', data: nobody }, after())).toEqual([
    { type: 'FlightDeletionNoted', data: nobody },
  ]);
});

test('more passengers than one event holds are noted in several, each passenger once', () => {
  const passengerIds = Array.from({ length: PASSENGERS_PER_NOTE + 1 }, (_, n) => `p${n}`);
  const events = decide({ type: 'NoteDeletion', data: { flightId: 'f1', passengerIds } }, after());
  expect(events.map(({ data }) => data.passengerIds.length)).toEqual([PASSENGERS_PER_NOTE, 1]);
  expect(events.flatMap(({ data }) => data.passengerIds)).toEqual(passengerIds);
});
