import { type Decider, type Decision, type MessagesOf, reject } from '@tidemark/core';

/** A flight takes at most this many passengers. */
export const PASSENGER_LIMIT = 1_000;

interface Seat {
  readonly passengerId: string;
}

interface Schedule {
  readonly flightNumber: string;
  readonly origin: string;
  readonly destination: string;
  /** ISO-8601. */
  readonly departsAt?: string;
}

/** What may be revised; a field that is absent stays as it is. */
interface Revision {
  readonly flightNumber?: string;
  readonly origin?: string;
  readonly destination?: string;
}

type Nothing = Record<string, never>;

export type FlightCommand = MessagesOf<{
  ScheduleFlight: Schedule;
  ReviseFlight: Revision;
  AdmitPassenger: Seat;
  BoardPassenger: Seat;
  ReleasePassenger: Seat;
  DepartFlight: Nothing;
  LandFlight: Nothing;
  DeleteFlight: Nothing;
}>;

export type FlightEvent = MessagesOf<{
  FlightScheduled: Schedule;
  /** Only the fields that changed. */
  FlightRevised: Revision;
  PassengerAdmitted: Seat;
  PassengerBoarded: Seat;
  /** `hadBoarded`: was aboard already, so that a reader can count without the list. */
  PassengerReleased: Seat & { readonly hadBoarded: boolean };
  AllPassengersBoarded: Nothing;
  FlightDeparted: Nothing;
  FlightLanded: { readonly passengerIds: readonly string[] };
  FlightDeleted: { readonly passengerIds: readonly string[] };
}>;

export type FlightRejection =
  | 'flight-not-found'
  | 'flight-already-departed'
  | 'flight-already-arrived'
  | 'flight-not-departed'
  | 'flight-not-arrived'
  | 'flight-full'
  | 'not-all-boarded'
  | 'passenger-not-admitted';

/** A flight that exists. It owns its passenger list, so that "all boarded" is decided in one place. */
export interface Flight extends Schedule {
  readonly status: 'waiting-for-boarding' | 'all-boarded' | 'departed' | 'arrived';
  /** Admitted, not aboard yet; ids in order of admission. */
  readonly waiting: readonly string[];
  /** Aboard; ids in order of boarding. */
  readonly boarded: readonly string[];
}

export type FlightState = Flight | { readonly status: 'unknown' } | { readonly status: 'deleted' };

type FlightDecision = Decision<FlightEvent, FlightRejection>;

/** Whether there is a flight: scheduled, and not deleted since. */
export function exists(state: FlightState): state is Flight {
  return state.status !== 'unknown' && state.status !== 'deleted';
}

/** Everybody on the list: those aboard first. */
export function passengersOf(flight: Flight): readonly string[] {
  return [...flight.boarded, ...flight.waiting];
}

export function decide(command: FlightCommand, state: FlightState): FlightDecision {
  if (command.type === 'ScheduleFlight') return schedule(command.data, state);
  if (!exists(state)) return reject('flight-not-found');
  switch (command.type) {
    case 'ReviseFlight':
      return revise(command.data, state);
    case 'AdmitPassenger':
      return admit(command.data, state);
    case 'BoardPassenger':
      return board(command.data, state);
    case 'ReleasePassenger':
      return release(command.data, state);
    case 'DepartFlight':
      return depart(state);
    case 'LandFlight':
      return land(state);
    case 'DeleteFlight':
      return remove(state);
  }
}

function schedule(data: Schedule, state: FlightState): FlightDecision {
  return state.status === 'unknown' ? [{ type: 'FlightScheduled', data }] : [];
}

function revise(wanted: Revision, flight: Flight): FlightDecision {
  if (hasDeparted(flight)) return reject('flight-already-departed');
  const changed = Object.entries(wanted).filter(
    ([field, value]) => value !== undefined && value !== flight[field as keyof Revision],
  );
  return changed.length === 0
    ? []
    : [{ type: 'FlightRevised', data: Object.fromEntries(changed) satisfies Revision }];
}

function admit({ passengerId }: Seat, flight: Flight): FlightDecision {
  if (passengersOf(flight).includes(passengerId)) return [];
  if (hasDeparted(flight)) return reject('flight-already-departed');
  if (passengersOf(flight).length >= PASSENGER_LIMIT) {
    return reject('flight-full', { limit: PASSENGER_LIMIT });
  }
  return [{ type: 'PassengerAdmitted', data: { passengerId } }];
}

function board({ passengerId }: Seat, flight: Flight): FlightDecision {
  if (flight.boarded.includes(passengerId)) return [];
  if (hasDeparted(flight)) return reject('flight-already-departed');
  if (!flight.waiting.includes(passengerId)) return reject('passenger-not-admitted');
  const boarded: FlightEvent = { type: 'PassengerBoarded', data: { passengerId } };
  return flight.waiting.length === 1 ? [boarded, allBoarded] : [boarded];
}

function release({ passengerId }: Seat, flight: Flight): FlightDecision {
  if (hasDeparted(flight)) return reject('flight-already-departed');
  if (!passengersOf(flight).includes(passengerId)) return [];
  const hadBoarded = flight.boarded.includes(passengerId);
  const released: FlightEvent = { type: 'PassengerReleased', data: { passengerId, hadBoarded } };
  // Taking the last one off who was still missing completes the others.
  const completes = !hadBoarded && flight.waiting.length === 1 && flight.boarded.length > 0;
  return completes ? [released, allBoarded] : [released];
}

function depart(flight: Flight): FlightDecision {
  if (flight.status === 'departed') return [];
  if (flight.status === 'arrived') return reject('flight-already-arrived');
  if (flight.status !== 'all-boarded') {
    return reject('not-all-boarded', { waitingFor: flight.waiting.length });
  }
  return [{ type: 'FlightDeparted', data: {} }];
}

function land(flight: Flight): FlightDecision {
  if (flight.status === 'arrived') return [];
  if (flight.status !== 'departed') return reject('flight-not-departed');
  return [{ type: 'FlightLanded', data: { passengerIds: passengersOf(flight) } }];
}

function remove(flight: Flight): FlightDecision {
  if (flight.status !== 'arrived') return reject('flight-not-arrived');
  return [{ type: 'FlightDeleted', data: { passengerIds: passengersOf(flight) } }];
}

const allBoarded: FlightEvent = { type: 'AllPassengersBoarded', data: {} };

function hasDeparted(flight: Flight): boolean {
  return flight.status === 'departed' || flight.status === 'arrived';
}

export function evolve(state: FlightState, event: FlightEvent): FlightState {
  if (event.type === 'FlightScheduled') {
    return { status: 'waiting-for-boarding', waiting: [], boarded: [], ...event.data };
  }
  return exists(state) ? evolveFlight(state, event) : state;
}

function evolveFlight(
  flight: Flight,
  event: Exclude<FlightEvent, { type: 'FlightScheduled' }>,
): FlightState {
  switch (event.type) {
    case 'FlightRevised':
      return { ...flight, ...event.data };
    case 'PassengerAdmitted':
      return {
        ...flight,
        status: 'waiting-for-boarding',
        waiting: [...flight.waiting, event.data.passengerId],
      };
    case 'PassengerBoarded':
      return {
        ...flight,
        waiting: without(flight.waiting, event.data.passengerId),
        boarded: [...flight.boarded, event.data.passengerId],
      };
    case 'PassengerReleased':
      return afterRelease(flight, event.data.passengerId);
    case 'AllPassengersBoarded':
      return { ...flight, status: 'all-boarded' };
    case 'FlightDeparted':
      return { ...flight, status: 'departed' };
    case 'FlightLanded':
      return { ...flight, status: 'arrived' };
    case 'FlightDeleted':
      return { status: 'deleted' };
  }
}

/** Nobody left is not "all boarded". */
function afterRelease(flight: Flight, passengerId: string): Flight {
  const waiting = without(flight.waiting, passengerId);
  const boarded = without(flight.boarded, passengerId);
  const nobody = waiting.length + boarded.length === 0;
  return { ...flight, status: nobody ? 'waiting-for-boarding' : flight.status, waiting, boarded };
}

function without(ids: readonly string[], id: string): readonly string[] {
  return ids.filter((other) => other !== id);
}

/** One flight: schedules it, keeps its passenger list, and says when it may leave, land and go. */
export const flightDecider: Decider<FlightCommand, FlightState, FlightEvent, FlightRejection> = {
  initialState: { status: 'unknown' },
  decide,
  evolve,
};
