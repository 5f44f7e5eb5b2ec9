import { createCodec, storedAs } from '@tidemark/core';
import { z } from 'zod';
import type { FlightEvent } from './domain/flight.ts';

/** A shape, compiled: it is looked at on every read. */
const shape = <Fields extends z.ZodRawShape>(fields: Fields) => z.compile(z.object(fields));

const text = z.string();
const seat = storedAs(shape({ passengerId: text }));
const list = storedAs(shape({ passengerIds: z.array(text) }));
const nothing = storedAs(shape({}));

/** Stored for ever: a shape that changes is a new version behind the old one. Nothing here is personal. */
export const flightCodec = createCodec<FlightEvent>({
  FlightScheduled: storedAs(
    shape({
      flightNumber: text,
      origin: text,
      destination: text,
      departsAt: text.exactOptional(),
    }),
  ),
  FlightRevised: storedAs(
    shape({
      flightNumber: text.exactOptional(),
      origin: text.exactOptional(),
      destination: text.exactOptional(),
    }),
  ),
  PassengerAdmitted: seat,
  PassengerBoarded: seat,
  PassengerReleased: storedAs(shape({ passengerId: text, hadBoarded: z.boolean() })),
  AllPassengersBoarded: nothing,
  FlightDeparted: nothing,
  FlightLanded: list,
  FlightDeleted: list,
});
