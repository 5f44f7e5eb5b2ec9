import type { FlightStatus } from '../api/types.ts';
import type { Tone } from '../ui/badge.tsx';

/** How each status reads, in the order in which a flight goes through them. */
export const FLIGHT_STATUSES: Readonly<
  Record<FlightStatus, { readonly text: string; readonly tone: Tone }>
> = {
  'waiting-for-boarding': { text: 'Boarding', tone: 'amber' },
  'all-boarded': { text: 'All boarded', tone: 'green' },
  departed: { text: 'Departed', tone: 'blue' },
  arrived: { text: 'Arrived', tone: 'grey' },
};

/** Whether a text names a status; links may hold anything. */
export function isFlightStatus(value: unknown): value is FlightStatus {
  return typeof value === 'string' && Object.hasOwn(FLIGHT_STATUSES, value);
}
