import type { Decider, MessagesOf } from '@tidemark/core';

/** One event names at most this many passengers, so that it stays within the limits of a store. */
export const PASSENGERS_PER_NOTE = 1_000;

interface Note {
  readonly flightId: string;
  readonly passengerIds: readonly string[];
}

/** What the flights service says of the end of a flight. */
export type FlightNoteCommand = MessagesOf<{ NoteLanding: Note; NoteDeletion: Note }>;

/** What a neighbour said is recorded here first, so that everything that follows can be repeated from the own log. */
export type FlightNoteEvent = MessagesOf<{
  FlightLandingNoted: Note;
  /** Several, when the passengers do not fit into one. */
  FlightDeletionNoted: Note;
}>;

export interface FlightNotes {
  readonly landed: boolean;
  readonly deleted: boolean;
}

export function decide(command: FlightNoteCommand, state: FlightNotes): readonly FlightNoteEvent[] {
  const { flightId, passengerIds } = command.data;
  const known = command.type === 'NoteLanding' ? state.landed : state.deleted;
  if (known) return [];
  const type = command.type === 'NoteLanding' ? 'FlightLandingNoted' : 'FlightDeletionNoted';
  return inParts(passengerIds).map((part) => ({ type, data: { flightId, passengerIds: part } }));
}

/** At least one part, so that a flight without passengers is noted, too. */
function inParts(ids: readonly string[]): readonly (readonly string[])[] {
  const count = Math.max(1, Math.ceil(ids.length / PASSENGERS_PER_NOTE));
  return Array.from({ length: count }, (_, index) =>
    ids.slice(index * PASSENGERS_PER_NOTE, (index + 1) * PASSENGERS_PER_NOTE),
  );
}

export function evolve(state: FlightNotes, event: FlightNoteEvent): FlightNotes {
  return event.type === 'FlightLandingNoted'
    ? { ...state, landed: true }
    : { ...state, deleted: true };
}

/** What was heard of one flight, once each. */
export const flightNoteDecider: Decider<FlightNoteCommand, FlightNotes, FlightNoteEvent, never> = {
  initialState: { landed: false, deleted: false },
  decide,
  evolve,
};
