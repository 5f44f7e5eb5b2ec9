import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { EventChoice } from '../audit/event-choice.tsx';
import { EventData } from '../audit/event-data.tsx';
import { FlightAsOf } from '../flights/flight-as-of.tsx';
import { PassengerAsOf } from '../passengers/passenger-as-of.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { ShowMore } from '../ui/show-more.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { EventFields } from './event-fields.tsx';
import { Panel } from './panel.tsx';
import { streamEventsQuery } from './queries.ts';
import { sectionAddress } from './sections.ts';
import { asSubject } from './subject-state.ts';

interface StreamPlace {
  readonly service: string;
  readonly stream: string;
}

/** The events of an entity in their order, and the entity as it was behind the one that is chosen. */
export function StreamHistory({ place }: { readonly place: StreamPlace }) {
  const { data, error, isFetching, refetch, ...query } = useInfiniteQuery(streamEventsQuery(place));
  const [chosen, setChosen] = useState<string>();
  const events = data?.pages.flatMap((page) => page.items) ?? [];
  const event = events.find(({ position }) => position === chosen) ?? events.at(-1);
  const { kind, id } = entityOf(place);
  return (
    <>
      {error !== null && (
        <ErrorState
          what={data === undefined ? 'The history' : 'More of the history'}
          error={error}
          isPending={isFetching}
          onRetry={() => (data === undefined ? refetch() : query.fetchNextPage())}
        />
      )}
      {data === undefined && error === null && <Skeleton className="h-96" />}
      {data !== undefined && event === undefined && (
        <EmptyState title="There is no such stream">
          No event was ever stored in “{place.stream}” of {place.service}. Look at its spelling and
          at the service, or show all streams with an empty field.
        </EmptyState>
      )}
      {event !== undefined && (
        <div className="grid items-start gap-4 md:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
          <Panel
            title={place.stream}
            beside={
              kind === 'passengers/passenger' && (
                <TextLink to={sectionAddress('people')} state={asSubject(id)}>
                  Export or erase
                </TextLink>
              )
            }
          >
            <fieldset className="-mx-2 grid max-h-112 gap-1 overflow-y-auto">
              <legend className="sr-only">Events, oldest first</legend>
              {events.map((one) => (
                <EventChoice
                  key={one.id}
                  event={one}
                  isChosen={one === event}
                  onChoose={setChosen}
                />
              ))}
              {query.hasNextPage && (
                <ShowMore
                  what="events"
                  isPending={query.isFetchingNextPage}
                  onClick={() => query.fetchNextPage()}
                />
              )}
            </fieldset>
          </Panel>
          <Panel title={`Behind event #${event.position}`}>
            {kind === 'flights/flight' && <FlightAsOf flightId={id} position={event.position} />}
            {kind === 'passengers/passenger' && (
              <PassengerAsOf passengerId={id} position={event.position} />
            )}
            <h3 className="text-sm font-semibold text-muted">The event</h3>
            <EventFields event={event} />
            <EventData data={event.data} />
          </Panel>
        </div>
      )}
    </>
  );
}

/** Which entity a stream is of: those of two kinds can be shown as they were. */
function entityOf({ service, stream }: StreamPlace): {
  readonly kind: string;
  readonly id: string;
} {
  const dash = stream.indexOf('-');
  return { kind: `${service}/${stream.slice(0, dash)}`, id: stream.slice(dash + 1) };
}
