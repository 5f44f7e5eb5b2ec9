import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { isNotFound } from '../api/problems.ts';
import { flightAsOfQuery } from '../api/queries.ts';
import type { Flight } from '../api/types.ts';
import { Badge } from '../ui/badge.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { BoardingGauge } from './boarding-gauge.tsx';
import { FlightRoute } from './flight-route.tsx';
import { FLIGHT_STATUSES } from './flight-status.ts';

interface FlightAsOfProps {
  readonly flightId: string;
  /** Place in the log of flights, a decimal string. */
  readonly position: string;
}

/** A flight as it was behind an event. The one that was shown before stays until the answer has come. */
export function FlightAsOf({ flightId, position }: FlightAsOfProps) {
  const { data, error, isFetching, refetch } = useQuery({
    ...flightAsOfQuery(flightId, position),
    placeholderData: keepPreviousData,
  });
  return (
    <section
      aria-label="The flight as it was"
      aria-live="polite"
      className="grid min-h-40 gap-3 rounded-md bg-sunken p-4"
    >
      {isNotFound(error) && <p className="text-muted">There was no flight any more.</p>}
      {error !== null && !isNotFound(error) && (
        <ErrorState what="The flight" error={error} isPending={isFetching} onRetry={refetch} />
      )}
      {data === undefined && error === null && <Skeleton className="h-24" />}
      {data !== undefined && error === null && <Picture flight={data} />}
    </section>
  );
}

function Picture({ flight }: { readonly flight: Flight }) {
  const { flightNumber, status, passengers } = flight;
  const { text, tone } = FLIGHT_STATUSES[status];
  return (
    <div className="flex gap-4">
      <BoardingGauge boarded={passengers.boarded} total={passengers.total} />
      <div className="flex min-w-0 flex-1 flex-col items-start gap-1">
        <p className="max-w-full font-mono text-lg font-bold break-all">{flightNumber}</p>
        <Badge tone={tone}>{text}</Badge>
        <FlightRoute flight={flight} />
      </div>
    </div>
  );
}
