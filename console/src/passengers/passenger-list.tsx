import { useInfiniteQuery } from '@tanstack/react-query';
import { useId, useRef } from 'react';
import { passengersQuery } from '../api/queries.ts';
import type { Flight } from '../api/types.ts';
import { ErrorState } from '../ui/error-state.tsx';
import { ShowMore } from '../ui/show-more.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useArrivals } from '../ui/use-arrivals.ts';
import { useKeptFocus } from '../ui/use-kept-focus.ts';
import { AddPassengerForm } from './add-passenger-form.tsx';
import { PassengerRow } from './passenger-row.tsx';

/** Who flies, and a place to add more while the flight has not departed. */
export function PassengerList({ flight }: { readonly flight: Flight }) {
  const titleId = useId();
  const area = useRef<HTMLElement>(null);
  const keepFocus = useKeptFocus(area);
  const query = useInfiniteQuery(passengersQuery(flight.id));
  const { data, error } = query;
  const isArriving = useArrivals(data !== undefined);
  const passengers = data?.pages.flatMap((page) => page.items) ?? [];
  const isOnGround = flight.status === 'waiting-for-boarding' || flight.status === 'all-boarded';
  return (
    <section
      ref={area}
      tabIndex={-1}
      onFocus={keepFocus}
      aria-labelledby={titleId}
      className="grid min-w-0 content-start gap-1 border-t border-line px-4 py-3 @2xl:border-t-0 @2xl:border-l"
    >
      <h4 id={titleId} className="text-sm font-semibold text-muted">
        Passengers
      </h4>
      {isOnGround && <AddPassengerForm flight={flight} />}
      {data === undefined && error === null && (
        <PassengersLoading count={flight.passengers.total} />
      )}
      {error !== null && (
        <ErrorState
          what="The passengers"
          error={error}
          isPending={query.isFetching}
          onRetry={() => (data === undefined ? query.refetch() : query.fetchNextPage())}
        />
      )}
      {data !== undefined && passengers.length === 0 && (
        <p className="py-1 text-sm text-muted">
          {isOnGround
            ? 'Nobody yet. The flight departs once all who are added have boarded.'
            : 'Nobody.'}
        </p>
      )}
      <ul className="divide-y divide-line">
        {passengers.map((passenger) => (
          <PassengerRow
            key={passenger.id}
            passenger={passenger}
            isOnGround={isOnGround}
            isArriving={isArriving}
          />
        ))}
      </ul>
      {query.hasNextPage && (
        <ShowMore
          what="passengers"
          isPending={query.isFetchingNextPage}
          onClick={() => query.fetchNextPage()}
        />
      )}
    </section>
  );
}

function PassengersLoading({ count }: { readonly count: number }) {
  return (
    <div role="status" aria-label="Loading passengers" className="grid gap-2 py-1">
      {Array.from({ length: Math.min(Math.max(count, 1), 20) }, (_, row) => row).map((row) => (
        <Skeleton key={row} className="h-8 w-full" />
      ))}
    </div>
  );
}
