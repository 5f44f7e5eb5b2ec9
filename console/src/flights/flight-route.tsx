import type { Flight } from '../api/types.ts';
import { dayAndTime } from '../ui/format.ts';

/** From where to where a flight goes, and when. */
export function FlightRoute({ flight }: { readonly flight: Flight }) {
  const { origin, destination, departsAt } = flight;
  return (
    <>
      <p className="max-w-full break-words">
        {origin} <span className="sr-only">to</span>
        <span aria-hidden="true" className="text-muted">
          →
        </span>{' '}
        {destination}
      </p>
      <p className="text-sm text-muted">
        {departsAt === undefined ? 'No departure time' : `Departs ${dayAndTime(departsAt)}`}
      </p>
    </>
  );
}
