import type { StreamName } from '@tidemark/core';

/** Category of the streams of flights. Stored for ever. */
export const FLIGHT = 'flight';

/** The stream of a flight. */
export function streamOf(flightId: string): StreamName {
  return `${FLIGHT}-${flightId}`;
}

/** Whose stream it is. */
export function flightIdOf(stream: StreamName): string {
  return stream.slice(FLIGHT.length + 1);
}
