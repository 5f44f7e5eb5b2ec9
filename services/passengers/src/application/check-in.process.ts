import type { MessagesOf, Placed, Process } from '@tidemark/core';
import type { PassengerEvent } from '../domain/passenger.ts';

interface Asked {
  readonly passengerId: string;
  readonly flightId: string;
}

/** Stored for ever, in the streams `check_in-<passenger id>`. Holds no name: the flight needs none. */
export type CheckInInput = MessagesOf<{ CheckInAsked: Asked }>;

/** Ask the flight, and record at the passenger what it said. */
export type CheckInCommand = MessagesOf<{ SettleCheckIn: Asked }>;

export interface CheckInState {
  readonly asked: boolean;
}

/** What an event of a passenger is to this process. */
export function toCheckInInput({ event }: Placed<PassengerEvent>): CheckInInput | undefined {
  if (event.type !== 'PassengerCheckInRequested') return undefined;
  const { passengerId, flightId } = event.data;
  return { type: 'CheckInAsked', data: { passengerId, flightId } };
}

/** The one way in which a check-in settles: whoever waits for it may crash, this goes on. */
export const checkInProcess: Process<CheckInInput, CheckInState, CheckInCommand> = {
  name: 'check_in',
  initialState: { asked: false },
  evolve: () => ({ asked: true }),
  correlate: (input) => input.data.passengerId,
  react: (_state, input) => [
    { kind: 'send', command: { type: 'SettleCheckIn', data: input.data } },
  ],
};
