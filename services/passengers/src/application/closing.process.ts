import type { MessagesOf, Placed, Process, Reaction } from '@tidemark/core';
import type { FlightNoteEvent } from '../domain/flight-note.ts';

interface Note {
  readonly flightId: string;
  readonly passengerIds: readonly string[];
}

/** Stored for ever, in the streams `closing-<flight id>`. */
export type ClosingInput = MessagesOf<{ LandingHeard: Note; DeletionHeard: Note }>;

interface Them {
  readonly passengerIds: readonly string[];
}

/** One command for all of them, so that they are carried side by side and end in few commits. */
export type ClosingCommand = MessagesOf<{ ArrivePassengers: Them; RemovePassengers: Them }>;

export interface ClosingState {
  /** How far the flight has come, as far as was heard. */
  readonly flight: 'open' | 'landed' | 'deleted';
}

/** What a note is to this process. */
export function toClosingInput({ event }: Placed<FlightNoteEvent>): ClosingInput {
  return event.type === 'FlightLandingNoted'
    ? { type: 'LandingHeard', data: event.data }
    : { type: 'DeletionHeard', data: event.data };
}

function evolve(state: ClosingState, input: ClosingInput): ClosingState {
  if (input.type === 'DeletionHeard') return { flight: 'deleted' };
  return state.flight === 'deleted' ? state : { flight: 'landed' };
}

function react(
  state: ClosingState,
  input: ClosingInput,
): readonly Reaction<ClosingInput, ClosingCommand>[] {
  const { passengerIds } = input.data;
  if (passengerIds.length === 0) return [];
  if (input.type === 'DeletionHeard') {
    return [{ kind: 'send', command: { type: 'RemovePassengers', data: { passengerIds } } }];
  }
  // Who was removed with the flight does not arrive any more.
  if (state.flight === 'deleted') return [];
  return [{ kind: 'send', command: { type: 'ArrivePassengers', data: { passengerIds } } }];
}

/** Carries the end of a flight to each of its passengers. */
export const closingProcess: Process<ClosingInput, ClosingState, ClosingCommand> = {
  name: 'closing',
  initialState: { flight: 'open' },
  evolve,
  correlate: (input) => input.data.flightId,
  react,
};
