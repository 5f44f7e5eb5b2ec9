// Two-phase work, the pure half: what the guide shows, run by its test.
import {
  type Decision,
  type MessagesOf,
  type Process,
  type Reaction,
  reject,
} from '@tidemark/core';

export const MINUTE_MS = 60_000;

// The places of a service: seats of a train, rooms of a hotel.

export type PlacesCommand = MessagesOf<{
  Try: { tripId: string };
  Confirm: { tripId: string };
  Cancel: { tripId: string };
}>;
export type PlacesEvent = MessagesOf<{
  PlaceHeld: { tripId: string };
  PlaceRefused: { tripId: string };
  PlaceConfirmed: { tripId: string };
  PlaceReleased: { tripId: string };
}>;
type Place = 'held' | 'refused' | 'confirmed' | 'released';
/** What became of each trip that asked. */
type Places = Readonly<Record<string, Place>>;

const CAPACITY = 2;
const BECAME = {
  PlaceHeld: 'held',
  PlaceRefused: 'refused',
  PlaceConfirmed: 'confirmed',
  PlaceReleased: 'released',
} as const;

function decidePlaces(
  { type, data }: PlacesCommand,
  places: Places,
): Decision<PlacesEvent, 'not-held'> {
  const place = places[data.tripId];
  const taken = Object.values(places).filter((one) => one === 'held' || one === 'confirmed');
  switch (type) {
    case 'Try':
      // Asked before, or cancelled before it was asked: nobody waits for another answer.
      if (place !== undefined) return [];
      return [{ type: taken.length < CAPACITY ? 'PlaceHeld' : 'PlaceRefused', data }];
    case 'Confirm':
      if (place === 'confirmed') return [];
      return place === 'held' ? [{ type: 'PlaceConfirmed', data }] : reject('not-held');
    case 'Cancel':
      // Also of what was never asked, so that a try that comes late finds it.
      return place === 'refused' || place === 'released' ? [] : [{ type: 'PlaceReleased', data }];
  }
}

export const placesDecider = {
  initialState: {} as Places,
  decide: decidePlaces,
  evolve: (places: Places, { type, data }: PlacesEvent): Places => ({
    ...places,
    [data.tripId]: BECAME[type],
  }),
};

// The trip: the one place where it is decided.

/** At which service the trip takes a place, and in what: `{ trains: 'ic-7', hotels: 'lakeside' }`. */
type Wants = Readonly<Record<string, string>>;
export type TripCommand = MessagesOf<{
  Ask: { tripId: string; wants: Wants };
  NoteAnswer: { tripId: string; service: string; held: boolean };
  Confirm: { tripId: string };
  CallOff: { tripId: string; because: 'refused' | 'time-is-up' | 'customer' };
}>;
export type TripEvent = MessagesOf<{
  TripAsked: { tripId: string; wants: Wants };
  AnswerNoted: { tripId: string; service: string; held: boolean };
  TripConfirmed: { tripId: string; wants: Wants };
  TripCalledOff: { tripId: string; wants: Wants; because: string };
}>;
interface Trip {
  readonly status: 'none' | 'asked' | 'confirmed' | 'called-off';
  readonly wants: Wants;
}

function decideTrip(
  { type, data }: TripCommand,
  { status, wants }: Trip,
): Decision<TripEvent, 'known' | 'unknown' | 'decided'> {
  const { tripId } = data;
  if (type === 'Ask') return status === 'none' ? [{ type: 'TripAsked', data }] : reject('known');
  if (status === 'none') return reject('unknown');
  switch (type) {
    case 'NoteAnswer':
      return [{ type: 'AnswerNoted', data }];
    case 'Confirm':
      if (status !== 'asked') return reject('decided');
      return [{ type: 'TripConfirmed', data: { tripId, wants } }];
    case 'CallOff': {
      const { because } = data;
      const isOpen = status === 'asked' || (status === 'confirmed' && because === 'customer');
      if (!isOpen) return reject('decided');
      return [{ type: 'TripCalledOff', data: { tripId, wants, because } }];
    }
  }
}

function evolveTrip(trip: Trip, { type, data }: TripEvent): Trip {
  switch (type) {
    case 'TripAsked':
      return { status: 'asked', wants: data.wants };
    case 'AnswerNoted':
      return trip;
    case 'TripConfirmed':
      return { ...trip, status: 'confirmed' };
    case 'TripCalledOff':
      return { ...trip, status: 'called-off' };
  }
}

export const tripDecider = {
  initialState: { status: 'none', wants: {} } as Trip,
  decide: decideTrip,
  evolve: evolveTrip,
};

// The process: what is to be done next.

export type BookingInput = MessagesOf<{
  Asked: { tripId: string; services: readonly string[] };
  Answered: { tripId: string; service: string; held: boolean };
  TimeIsUp: { tripId: string };
  Decided: { tripId: string };
}>;
export type BookingCommand = Extract<TripCommand, { type: 'Confirm' | 'CallOff' }>;
export interface Booking {
  readonly waitsFor: readonly string[];
  readonly isDecided: boolean;
}

export function toBookingInput({ type, data }: TripEvent): BookingInput {
  const { tripId } = data;
  if (type === 'TripAsked') {
    return { type: 'Asked', data: { tripId, services: Object.keys(data.wants) } };
  }
  return type === 'AnswerNoted'
    ? { type: 'Answered', data }
    : { type: 'Decided', data: { tripId } };
}

function evolveBooking(booking: Booking, { type, data }: BookingInput): Booking {
  switch (type) {
    case 'Asked':
      return { ...booking, waitsFor: data.services };
    case 'Answered': {
      const waitsFor = booking.waitsFor.filter((one) => !data.held || one !== data.service);
      return { ...booking, waitsFor };
    }
    case 'TimeIsUp':
      return booking;
    case 'Decided':
      return { ...booking, isDecided: true };
  }
}

function react(
  { waitsFor }: Booking,
  { type, data }: BookingInput,
): readonly Reaction<BookingInput, BookingCommand>[] {
  const { tripId } = data;
  const callOff = (because: 'refused' | 'time-is-up') =>
    ({ kind: 'send', command: { type: 'CallOff', data: { tripId, because } } }) as const;
  switch (type) {
    case 'Asked':
      return [
        { kind: 'remind', afterMs: 15 * MINUTE_MS, input: { type: 'TimeIsUp', data: { tripId } } },
      ];
    case 'Answered':
      if (!data.held) return [callOff('refused')];
      if (waitsFor.length > 0) return [];
      return [{ kind: 'send', command: { type: 'Confirm', data: { tripId } } }];
    case 'TimeIsUp':
      return [callOff('time-is-up')];
    case 'Decided':
      return [];
  }
}

export const booking: Process<BookingInput, Booking, BookingCommand> = {
  name: 'booking',
  initialState: { waitsFor: [], isDecided: false },
  correlate: ({ data }) => data.tripId,
  evolve: evolveBooking,
  isTerminal: ({ isDecided }) => isDecided,
  react,
};
