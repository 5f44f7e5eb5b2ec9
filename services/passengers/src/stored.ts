import { createCodec } from '@tidemark/core';
import { z } from 'zod';
import type { CheckInInput } from './application/check-in.process.ts';
import type { ClosingInput } from './application/closing.process.ts';
import type { FlightNoteEvent } from './domain/flight-note.ts';
import type { PassengerEvent } from './domain/passenger.ts';

const id = z.string();
const nothing = z.object({});
const note = z.object({ flightId: id, passengerIds: z.array(id) });
/** A personal value as it is stored: ciphertext. */
const sealed = z.object({ $subject: z.string(), $sealed: z.string() });

/** The first and only version of a shape. */
function first(shape: z.ZodObject) {
  return {
    schema: 1,
    check: (data: object) => {
      shape.parse(data);
    },
  };
}

/** The name is personal: sealed with the key of the passenger it belongs to. */
const named = { personal: { name: 'passengerId' } } as const;

/** Stored for ever: change a shape only together with its version and an upcaster. */
export const passengerCodec = createCodec<PassengerEvent>({
  PassengerCheckInRequested: {
    ...first(z.object({ passengerId: id, flightId: id, name: sealed })),
    ...named,
  },
  PassengerCheckedIn: first(nothing),
  PassengerRefused: first(z.object({ reason: z.string() })),
  PassengerRenamed: { ...first(z.object({ passengerId: id, name: sealed })), ...named },
  PassengerBoarded: first(nothing),
  PassengerArrived: first(nothing),
  PassengerRemoved: first(z.object({ withFlight: z.boolean() })),
});

/** What was heard of flights. */
export const flightNoteCodec = createCodec<FlightNoteEvent>({
  FlightLandingNoted: first(note),
  FlightDeletionNoted: first(note),
});

/** What the process `check_in` was told. */
export const checkInCodec = createCodec<CheckInInput>({
  CheckInAsked: first(z.object({ passengerId: id, flightId: id })),
});

/** What the process `closing` was told. */
export const closingCodec = createCodec<ClosingInput>({
  LandingHeard: first(note),
  DeletionHeard: first(note),
});
