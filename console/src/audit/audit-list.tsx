import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { auditQuery } from '../api/queries.ts';
import type { AuditEntry, AuditFilters } from '../api/types.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { ShowMore } from '../ui/show-more.tsx';
import { useArrivals } from '../ui/use-arrivals.ts';
import { AuditRow } from './audit-row.tsx';
import { AuditSkeleton } from './audit-skeleton.tsx';
import { EntryDialog } from './entry-dialog.tsx';

/** Entries of the audit log, newest first; one opens in a dialog. */
export function AuditList({ filters }: { readonly filters: AuditFilters }) {
  const [opened, setOpened] = useState<AuditEntry>();
  const query = useInfiniteQuery(auditQuery(filters));
  const { data, error } = query;
  const isArriving = useArrivals(data !== undefined);
  if (data === undefined && error === null) return <AuditSkeleton />;
  const entries = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="@container grid gap-3">
      {error !== null && (
        <ErrorState
          what="The audit log"
          error={error}
          isPending={query.isFetching}
          onRetry={() => (data === undefined ? query.refetch() : query.fetchNextPage())}
        />
      )}
      {data !== undefined && entries.length === 0 && !query.hasNextPage && (
        <NoEntries isFiltered={Object.keys(filters).length > 0} />
      )}
      {entries.length > 0 && (
        <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
          {entries.map((entry) => (
            <AuditRow
              key={entry.position}
              entry={entry}
              isArriving={isArriving}
              onOpen={setOpened}
            />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <ShowMore
          what="events"
          isPending={query.isFetchingNextPage}
          onClick={() => query.fetchNextPage()}
        />
      )}
      {opened !== undefined && <EntryDialog entry={opened} onClose={() => setOpened(undefined)} />}
    </div>
  );
}

function NoEntries({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState title="No event matches">
      Filters match whole values. Clear one of them, or wait: what comes shows by itself.
    </EmptyState>
  ) : (
    <EmptyState title="Nothing has happened yet">
      Create a flight; every step it takes is written down here.
    </EmptyState>
  );
}
