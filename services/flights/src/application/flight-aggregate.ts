import type { Aggregate, CommandHandler } from '@tidemark/runtime';
import {
  type FlightCommand,
  type FlightEvent,
  type FlightRejection,
  type FlightState,
  flightDecider,
} from '../domain/flight.ts';
import { flightCodec } from '../stored.ts';
import { FLIGHT } from './flight-stream.ts';

/** Where flights are kept and how they decide. */
export const flightAggregate: Aggregate<FlightCommand, FlightState, FlightEvent, FlightRejection> =
  { category: FLIGHT, codec: flightCodec, decider: flightDecider };

/** Carries out commands on flights. */
export type Flights = CommandHandler<FlightCommand, FlightState, FlightRejection>;
