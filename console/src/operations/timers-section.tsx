import { useQuery } from '@tanstack/react-query';
import { EventData } from '../audit/event-data.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { counted, exactTime, shortTime } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { Panel } from './panel.tsx';
import { timersQuery } from './queries.ts';
import { byProcess } from './timers-by-process.ts';
import type { Timer } from './types.ts';

/** The reminders that wait, by process, in the order in which they are due. */
export function TimersSection() {
  const { data, error, isFetching, refetch } = useQuery(timersQuery);
  if (error !== null) {
    return <ErrorState what="The timers" error={error} isPending={isFetching} onRetry={refetch} />;
  }
  if (data === undefined) return <Loading label="Loading the timers" rows={1} />;
  const isEmpty = data.every(({ found }) => found?.items.length === 0);
  return (
    <>
      {isEmpty && (
        <EmptyState title="No timer waits">
          A process sets one when it wants to be reminded, for example of an answer that does not
          come; it is gone once it has fired.
        </EmptyState>
      )}
      {data.map(({ service, found, error }) => (
        <div key={service} className="contents">
          {error !== undefined && (
            <ErrorState
              what={`The timers of ${service}`}
              error={error}
              isPending={isFetching}
              onRetry={refetch}
            />
          )}
          {byProcess(found?.items ?? []).map(([owner, timers]) => (
            <Process key={owner} title={`${service} / ${owner}`} timers={timers} />
          ))}
          {found?.next !== undefined && (
            <p className="text-sm text-muted">
              Of {service}, the first {counted(found.items.length, 'timer')} by id are shown.
            </p>
          )}
        </div>
      ))}
    </>
  );
}

function Process({ title, timers }: { readonly title: string; readonly timers: readonly Timer[] }) {
  return (
    <Panel
      title={title}
      beside={<span className="text-sm text-muted">{counted(timers.length, 'timer')}</span>}
    >
      <ul className="divide-y divide-line border-t border-line">
        {timers.map(({ id, dueAt, input }) => (
          <li key={id} className="grid gap-1 py-2 text-sm">
            <div className="flex flex-wrap justify-between gap-x-4">
              <time
                dateTime={dueAt}
                title={exactTime(dueAt)}
                className="font-semibold tabular-nums"
              >
                Due {shortTime(dueAt)}
              </time>
              <span className="font-mono text-xs leading-5 break-all text-muted">{id}</span>
            </div>
            <details>
              <summary className="w-fit text-muted">What it will say</summary>
              <EventData data={input} />
            </details>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
