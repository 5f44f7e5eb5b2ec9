import {
  type Decider,
  type Decision,
  type Erased,
  isErased,
  type MessagesOf,
  reject,
} from '@tidemark/core';

type Nothing = Record<string, never>;

export type PassengerCommand = MessagesOf<{
  RequestCheckIn: {
    readonly passengerId: string;
    readonly flightId: string;
    readonly name: string;
  };
  /** The flight said yes. */
  RecordCheckedIn: Nothing;
  /** The flight said no. */
  RecordRefused: { readonly reason: string };
  RenamePassenger: { readonly passengerId: string; readonly name: string };
  RecordBoarded: Nothing;
  RecordArrived: Nothing;
  RemovePassenger: { readonly because: Because };
}>;

/** Why a passenger goes: somebody asked, the flight has let go of them, or the flight itself is gone. */
export type Because = 'asked' | 'released' | 'flight-deleted';

export type PassengerEvent = MessagesOf<{
  PassengerCheckInRequested: {
    readonly passengerId: string;
    readonly flightId: string;
    readonly name: string | Erased;
  };
  PassengerCheckedIn: Nothing;
  PassengerRefused: { readonly reason: string };
  PassengerRenamed: { readonly passengerId: string; readonly name: string | Erased };
  PassengerBoarded: Nothing;
  PassengerArrived: Nothing;
  PassengerRemoved: { readonly withFlight: boolean };
}>;

export type PassengerRejection =
  | 'passenger-not-found'
  | 'passenger-erased'
  | 'check-in-not-settled'
  | 'check-in-already-settled'
  | 'check-in-refused'
  | 'flight-already-departed';

export interface Passenger {
  readonly status: 'requested' | 'checked-in' | 'boarded' | 'arrived' | 'refused';
  readonly flightId: string;
  readonly name: string | Erased;
  /** Why the flight refused; only with status `refused`. */
  readonly reason?: string;
}

export type PassengerState =
  | Passenger
  | { readonly status: 'unknown' }
  /** `reason`: what the request was refused with, so that repeating it is answered as the first time. */
  | { readonly status: 'removed'; readonly reason?: string };

type PassengerDecision = Decision<PassengerEvent, PassengerRejection>;

/** Whether there is a passenger: requested, and not removed since. */
export function exists(state: PassengerState): state is Passenger {
  return state.status !== 'unknown' && state.status !== 'removed';
}

export function decide(command: PassengerCommand, state: PassengerState): PassengerDecision {
  if (command.type === 'RequestCheckIn') {
    const requested = { type: 'PassengerCheckInRequested', data: command.data } as const;
    return state.status === 'unknown' ? [requested] : [];
  }
  if (!exists(state)) return reject('passenger-not-found');
  switch (command.type) {
    case 'RecordCheckedIn':
      return checkedIn(state);
    case 'RecordRefused':
      return refused(command.data.reason, state);
    case 'RenamePassenger':
      return rename(command.data, state);
    case 'RecordBoarded':
      return boarded(state);
    case 'RecordArrived':
      return arrived(state);
    case 'RemovePassenger':
      return remove(command.data.because, state);
  }
}

function checkedIn({ status }: Passenger): PassengerDecision {
  if (status === 'requested') return [{ type: 'PassengerCheckedIn', data: {} }];
  return status === 'refused' ? reject('check-in-refused') : [];
}

function refused(reason: string, { status }: Passenger): PassengerDecision {
  if (status === 'requested') return [{ type: 'PassengerRefused', data: { reason } }];
  return status === 'refused' ? [] : reject('check-in-already-settled');
}

function rename(
  data: { readonly passengerId: string; readonly name: string },
  passenger: Passenger,
): PassengerDecision {
  if (passenger.status === 'refused') return reject('check-in-refused');
  if (isErased(passenger.name)) return reject('passenger-erased');
  return passenger.name === data.name ? [] : [{ type: 'PassengerRenamed', data }];
}

function boarded({ status }: Passenger): PassengerDecision {
  switch (status) {
    case 'requested':
      return reject('check-in-not-settled');
    case 'refused':
      return reject('check-in-refused');
    case 'checked-in':
      return [{ type: 'PassengerBoarded', data: {} }];
    case 'boarded':
      return [];
    case 'arrived':
      return reject('flight-already-departed');
  }
}

function arrived({ status }: Passenger): PassengerDecision {
  const arrival: PassengerEvent = { type: 'PassengerArrived', data: {} };
  switch (status) {
    case 'requested':
      return reject('check-in-not-settled');
    case 'refused':
      return reject('check-in-refused');
    case 'checked-in':
      // A flight leaves with everybody aboard: who arrives has boarded, whatever was heard of it.
      return [{ type: 'PassengerBoarded', data: {} }, arrival];
    case 'boarded':
      return [arrival];
    case 'arrived':
      return [];
  }
}

function remove(because: Because, { status }: Passenger): PassengerDecision {
  const withFlight = because === 'flight-deleted';
  const removed: PassengerEvent = { type: 'PassengerRemoved', data: { withFlight } };
  const isOnTheList = status === 'checked-in' || status === 'boarded';
  if (withFlight || isOnTheList) return [removed];
  // A flight also lets go of somebody who was refused here meanwhile; that one stays, refused.
  if (because === 'released') return [];
  if (status === 'requested') return reject('check-in-not-settled');
  return status === 'refused' ? [removed] : reject('flight-already-departed');
}

export function evolve(state: PassengerState, event: PassengerEvent): PassengerState {
  if (event.type === 'PassengerCheckInRequested') {
    const { flightId, name } = event.data;
    return { status: 'requested', flightId, name };
  }
  return exists(state) ? evolvePassenger(state, event) : state;
}

function evolvePassenger(
  passenger: Passenger,
  event: Exclude<PassengerEvent, { type: 'PassengerCheckInRequested' }>,
): PassengerState {
  switch (event.type) {
    case 'PassengerCheckedIn':
      return { ...passenger, status: 'checked-in' };
    case 'PassengerRefused':
      return { ...passenger, status: 'refused', reason: event.data.reason };
    case 'PassengerRenamed':
      return { ...passenger, name: event.data.name };
    case 'PassengerBoarded':
      return { ...passenger, status: 'boarded' };
    case 'PassengerArrived':
      return { ...passenger, status: 'arrived' };
    case 'PassengerRemoved':
      return removedFrom(passenger);
  }
}

/** Whose request was still open when the flight went has been refused by that. */
function removedFrom({ status, reason }: Passenger): PassengerState {
  if (status === 'requested') return { status: 'removed', reason: 'flight-not-found' };
  return reason === undefined ? { status: 'removed' } : { status: 'removed', reason };
}

/** One passenger: from the request to check in until arrival. Whether the flight takes them is the flight's to say. */
export const passengerDecider: Decider<
  PassengerCommand,
  PassengerState,
  PassengerEvent,
  PassengerRejection
> = { initialState: { status: 'unknown' }, decide, evolve };
