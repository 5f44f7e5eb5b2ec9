import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { EventType } from '../audit/event-type.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { exactTime, shortTime } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { ShowMore } from '../ui/show-more.tsx';
import { streamsQuery } from './queries.ts';
import { historyAddress } from './sections.ts';

/** The entities of a service, in the order in which they began. */
export function StreamList({ service }: { readonly service: string }) {
  const { data, error, isFetching, refetch, ...query } = useInfiniteQuery(streamsQuery(service));
  const streams = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {error !== null && (
        <ErrorState
          what={data === undefined ? 'The streams' : 'More streams'}
          error={error}
          isPending={isFetching}
          onRetry={() => (data === undefined ? refetch() : query.fetchNextPage())}
        />
      )}
      {data === undefined && error === null && <Loading label="Loading the streams" />}
      {data !== undefined && streams.length === 0 && !query.hasNextPage && (
        <EmptyState title={`Nothing has happened in ${service} yet`}>
          Each entity has a stream from its first event on; it is listed here then.
        </EmptyState>
      )}
      {streams.length > 0 && (
        <ul
          aria-label="Streams, oldest first"
          className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface"
        >
          {streams.map(({ stream, firstType, startedAt }) => (
            <li key={stream}>
              <Link
                to={historyAddress(service, stream)}
                className="flex flex-wrap justify-between gap-x-4 px-4 py-2 text-sm -outline-offset-2 hover:bg-tide-soft"
              >
                <span className="font-mono font-semibold break-all">{stream}</span>
                <span className="text-muted">
                  <EventType type={firstType} />,{' '}
                  <time dateTime={startedAt} title={exactTime(startedAt)} className="tabular-nums">
                    {shortTime(startedAt)}
                  </time>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <ShowMore
          what="streams"
          isPending={query.isFetchingNextPage}
          onClick={() => query.fetchNextPage()}
        />
      )}
    </>
  );
}
