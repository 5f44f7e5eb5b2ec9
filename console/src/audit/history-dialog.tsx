import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { HistoryItem, Page } from '../api/types.ts';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { ShowMore } from '../ui/show-more.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { EventChoice } from './event-choice.tsx';

interface HistoryDialogProps {
  /** Whose history it is. */
  readonly title: string;
  readonly query: UseInfiniteQueryResult<{ readonly pages: readonly Page<HistoryItem>[] }>;
  /** The entity as it was behind the event at this position of its service's log. */
  readonly asOf: (position: string) => ReactNode;
  /** Where more is to be seen. */
  readonly links: ReactNode;
  readonly onClose: () => void;
}

/** What happened to an entity, and the entity as it was behind the event that is chosen. */
export function HistoryDialog({ title, query, asOf, links, onClose }: HistoryDialogProps) {
  const { data, error, isFetching, refetch } = query;
  const [chosen, setChosen] = useState<string>();
  const events = data?.pages.flatMap((page) => page.items) ?? [];
  const position = chosen ?? events.at(-1)?.position;
  return (
    <Dialog title={`History of ${title}`} size="wide" onClose={onClose}>
      {error !== null && (
        <ErrorState
          what={data === undefined ? 'The history' : 'More of the history'}
          error={error}
          isPending={isFetching}
          onRetry={() => (data === undefined ? refetch() : query.fetchNextPage())}
        />
      )}
      {data === undefined && error === null && <Skeleton className="h-72" />}
      {position !== undefined && (
        <div className="grid items-start gap-4 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <fieldset className="grid max-h-72 gap-1 overflow-y-auto p-1">
            <legend className="sr-only">Events, oldest first</legend>
            {events.map((event) => (
              <EventChoice
                key={event.id}
                event={event}
                isChosen={event.position === position}
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
          {asOf(position)}
        </div>
      )}
      <nav aria-label="For operators" className="flex flex-wrap gap-x-5 gap-y-1">
        {links}
      </nav>
    </Dialog>
  );
}
