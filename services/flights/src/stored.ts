import { createCodec } from '@tidemark/core';
import { z } from 'zod';
import type { FlightEvent } from './domain/flight.ts';

const id = z.string();
const seat = z.object({ passengerId: id });
const list = z.object({ passengerIds: z.array(id) });
const nothing = z.object({});
const schedule = z.object({
  flightNumber: z.string(),
  origin: z.string(),
  destination: z.string(),
  departsAt: z.string().optional(),
});
const revision = schedule.omit({ departsAt: true }).partial();

/** The first and only version of a shape. */
function first(shape: z.ZodObject) {
  return {
    schema: 1,
    check: (data: object) => {
      shape.parse(data);
    },
  };
}

/** Stored for ever: change a shape only together with its version and an upcaster. Nothing here is personal. */
export const flightCodec = createCodec<FlightEvent>({
  FlightScheduled: first(schedule),
  FlightRevised: first(revision),
  PassengerAdmitted: first(seat),
  PassengerBoarded: first(seat),
  PassengerReleased: first(seat.extend({ hadBoarded: z.boolean() })),
  AllPassengersBoarded: first(nothing),
  FlightDeparted: first(nothing),
  FlightLanded: first(list),
  FlightDeleted: first(list),
});
