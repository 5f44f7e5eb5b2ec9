import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { Loading } from '../ui/loading.tsx';
import { useKeptFocus } from '../ui/use-kept-focus.ts';
import { ParkedMessages } from './parked-messages.tsx';
import { parkingsQuery } from './parked-queries.ts';
import { ParkedRows } from './parked-rows.tsx';

/** What was set aside, by who did: rows of read models, messages of inboxes, inputs of processes. */
export function ParkedSection() {
  const area = useRef<HTMLElement>(null);
  const keepFocus = useKeptFocus(area);
  const { data, error, isFetching, refetch } = useQuery(parkingsQuery);
  if (error !== null) {
    return (
      <ErrorState what="What is parked" error={error} isPending={isFetching} onRetry={refetch} />
    );
  }
  if (data === undefined) return <Loading label="Loading what is parked" rows={1} />;
  const { rows, messages, untold } = data;
  return (
    <section
      ref={area}
      aria-label="By reader"
      tabIndex={-1}
      onFocus={keepFocus}
      className="grid gap-4 outline-none"
    >
      {untold.map(({ service, error }) => (
        <ErrorState
          key={service}
          what={`What ${service} has parked`}
          error={error as Error}
          isPending={isFetching}
          onRetry={refetch}
        />
      ))}
      {rows.length + messages.length + untold.length === 0 && (
        <EmptyState title="Nothing is parked">
          A row or message that fails again and again is set aside here, with all that must come
          after it; everything else goes on.
        </EmptyState>
      )}
      {rows.map((place) => (
        <ParkedRows key={`${place.service} ${place.readModel}`} place={place} />
      ))}
      {messages.map((place) => (
        <ParkedMessages key={`${place.service} ${place.consumer}`} place={place} />
      ))}
    </section>
  );
}
