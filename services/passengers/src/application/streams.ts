import type { StreamName } from '@tidemark/core';

/** Category of the streams of passengers. Stored for ever. */
export const PASSENGER = 'passenger';

/** Category of the streams that hold what was heard of a flight. Stored for ever. */
export const FLIGHT_NOTE = 'flight_note';

/** The stream of a passenger. */
export function streamOf(passengerId: string): StreamName {
  return `${PASSENGER}-${passengerId}`;
}

/** Whose stream it is. */
export function passengerIdOf(stream: StreamName): string {
  return stream.slice(PASSENGER.length + 1);
}
