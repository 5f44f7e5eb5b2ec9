import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { flightsQuery } from '../api/queries.ts';
import type { Flight, FlightStatus } from '../api/types.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { ShowMore } from '../ui/show-more.tsx';
import { useArrivals } from '../ui/use-arrivals.ts';
import { useKeptFocus } from '../ui/use-kept-focus.ts';
import { FlightCard } from './flight-card.tsx';
import { FlightSkeleton } from './flight-skeleton.tsx';
import { FLIGHT_STATUSES } from './flight-status.ts';

/** The flights of a status, or all. */
export function FlightList({ status }: { readonly status: FlightStatus | undefined }) {
  const area = useRef<HTMLElement>(null);
  const keepFocus = useKeptFocus(area);
  const query = useInfiniteQuery(flightsQuery(status));
  const { data, error, isFetching, refetch } = query;
  const isArriving = useArrivals(data !== undefined);
  if (data === undefined && error === null) return <FlightSkeleton />;
  const flights = unique(data?.pages.flatMap((page) => page.items) ?? []);
  return (
    <section
      ref={area}
      tabIndex={-1}
      onFocus={keepFocus}
      aria-label="Flights"
      className="grid gap-3"
    >
      {error !== null && (
        <ErrorState
          what={data === undefined ? 'The flights' : 'More flights'}
          error={error}
          isPending={isFetching}
          onRetry={() => (data === undefined ? refetch() : query.fetchNextPage())}
        />
      )}
      {data !== undefined && flights.length === 0 && <NoFlights status={status} />}
      <ul className="grid gap-3">
        {flights.map((flight) => (
          <li key={flight.id} className="@container">
            <FlightCard flight={flight} isArriving={isArriving} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <ShowMore
          what="flights"
          isPending={query.isFetchingNextPage}
          onClick={() => query.fetchNextPage()}
        />
      )}
    </section>
  );
}

function NoFlights({ status }: { readonly status: FlightStatus | undefined }) {
  if (status === undefined) {
    return (
      <EmptyState title="No flights yet">
        Create the first one above. Everybody who has this page open will see it at once.
      </EmptyState>
    );
  }
  return (
    <EmptyState title={`No flight is at “${FLIGHT_STATUSES[status].text}”`}>
      Flights come here by themselves. Choose “All” to see the others.
    </EmptyState>
  );
}

/** One that came live may come again with a later page. */
function unique(flights: readonly Flight[]): readonly Flight[] {
  return [...new Map(flights.map((flight) => [flight.id, flight])).values()];
}
