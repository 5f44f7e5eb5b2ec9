import type { Aggregate, CommandHandler } from '@tidemark/runtime';
import {
  type FlightNoteCommand,
  type FlightNoteEvent,
  type FlightNotes,
  flightNoteDecider,
} from '../domain/flight-note.ts';
import {
  type PassengerCommand,
  type PassengerEvent,
  type PassengerRejection,
  type PassengerState,
  passengerDecider,
} from '../domain/passenger.ts';
import { flightNoteCodec, passengerCodec } from '../stored.ts';
import { FLIGHT_NOTE, PASSENGER } from './streams.ts';

/** Where passengers are kept and how they decide. */
export const passengerAggregate: Aggregate<
  PassengerCommand,
  PassengerState,
  PassengerEvent,
  PassengerRejection
> = { category: PASSENGER, codec: passengerCodec, decider: passengerDecider };

/** Where it is kept what was heard of flights. */
export const flightNoteAggregate: Aggregate<
  FlightNoteCommand,
  FlightNotes,
  FlightNoteEvent,
  never
> = { category: FLIGHT_NOTE, codec: flightNoteCodec, decider: flightNoteDecider };

/** Carries out commands on passengers. */
export type Passengers = CommandHandler<PassengerCommand, PassengerState, PassengerRejection>;

/** Notes what was heard of flights. */
export type FlightNotebook = CommandHandler<FlightNoteCommand, FlightNotes, never>;
