import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { isNotFound } from '../api/problems.ts';
import { passengerAsOfQuery } from '../api/queries.ts';
import { ErrorState } from '../ui/error-state.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { nameOf } from './passenger-name.ts';
import { PassengerState } from './passenger-state.tsx';

interface PassengerAsOfProps {
  readonly passengerId: string;
  /** Place in the log of passengers, a decimal string. */
  readonly position: string;
}

/** A passenger as they were behind an event. What was shown before stays until the answer has come. */
export function PassengerAsOf({ passengerId, position }: PassengerAsOfProps) {
  const { data, error, isFetching, refetch } = useQuery({
    ...passengerAsOfQuery(passengerId, position),
    placeholderData: keepPreviousData,
  });
  return (
    <section
      aria-label="The passenger as they were"
      aria-live="polite"
      className="grid min-h-32 content-start gap-2 rounded-md bg-sunken p-4"
    >
      {isNotFound(error) && <p className="text-muted">There was no such passenger any more.</p>}
      {error !== null && !isNotFound(error) && (
        <ErrorState what="The passenger" error={error} isPending={isFetching} onRetry={refetch} />
      )}
      {data === undefined && error === null && <Skeleton className="h-12" />}
      {data !== undefined && error === null && (
        <>
          <p className="text-lg font-bold break-words">{nameOf(data)}</p>
          <div className="justify-self-start">
            <PassengerState passenger={data} />
          </div>
          <p className="text-sm break-all text-muted">On flight {data.flightId}</p>
        </>
      )}
    </section>
  );
}
