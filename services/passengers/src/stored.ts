import { createCodec, storedAs } from '@tidemark/core';
import { z } from 'zod';
import type { CheckInInput } from './application/check-in.process.ts';
import type { ClosingInput } from './application/closing.process.ts';
import type { FlightNoteEvent } from './domain/flight-note.ts';
import type { PassengerEvent } from './domain/passenger.ts';

/** A shape, compiled: it is looked at on every read. */
const shape = <Fields extends z.ZodRawShape>(fields: Fields) => z.compile(z.object(fields));

const text = z.string();
const nothing = storedAs(shape({}));
const note = storedAs(shape({ flightId: text, passengerIds: z.array(text) }));
/** A personal value as it is stored: ciphertext. */
const sealed = z.object({ $subject: text, $sealed: text });

/** The name is sealed with the key of the passenger it belongs to. */
const named = { personal: { name: 'passengerId' } } as const;

/** Stored for ever: a shape that changes is a new version behind the old one. */
export const passengerCodec = createCodec<PassengerEvent>({
  PassengerCheckInRequested: {
    ...storedAs(shape({ passengerId: text, flightId: text, name: sealed })),
    ...named,
  },
  PassengerCheckedIn: nothing,
  PassengerRefused: storedAs(shape({ reason: text })),
  PassengerRenamed: { ...storedAs(shape({ passengerId: text, name: sealed })), ...named },
  PassengerBoarded: nothing,
  PassengerArrived: nothing,
  PassengerRemoved: storedAs(shape({ withFlight: z.boolean() })),
});

/** What was heard of flights. */
export const flightNoteCodec = createCodec<FlightNoteEvent>({
  FlightLandingNoted: note,
  FlightDeletionNoted: note,
});

/** What the process `check_in` was told. */
export const checkInCodec = createCodec<CheckInInput>({
  CheckInAsked: storedAs(shape({ passengerId: text, flightId: text })),
});

/** What the process `closing` was told. */
export const closingCodec = createCodec<ClosingInput>({
  LandingHeard: note,
  DeletionHeard: note,
});
