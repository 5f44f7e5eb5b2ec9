import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { FailureNotice } from '../ui/failure-notice.tsx';
import { useKeptFocus } from '../ui/use-kept-focus.ts';
import { EraseDialog } from './erase-dialog.tsx';
import { ExportPanel } from './export-panel.tsx';
import { HoldingsTable } from './holdings-table.tsx';
import { Panel } from './panel.tsx';
import { taskQuery } from './queries.ts';
import { countHoldings, eraseSubject, type Found, foundBy } from './subject-data.ts';
import { TaskProgress } from './task-progress.tsx';
import { useAction } from './use-action.ts';

/** One person: what is held of them, and what can be done about it. */
export function Person({ subject }: { readonly subject: string }) {
  const area = useRef<HTMLElement>(null);
  const keepFocus = useKeptFocus(area);
  const [isAsked, setAsked] = useState(false);
  const [counting, setCounting] = useState<string>();
  const [erasing, setErasing] = useState<string>();
  const count = useAction({
    send: () => countHoldings(subject),
    onDone: ({ id }) => setCounting(id),
    failure: 'form',
  });
  const erase = useAction({
    send: () => eraseSubject(subject),
    onDone: ({ id }) => {
      setErasing(id);
      setAsked(false);
    },
    failure: 'form',
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for a person; the button counts again.
  useEffect(() => count.run(undefined), [subject]);
  return (
    <section
      aria-label="The person"
      ref={area}
      tabIndex={-1}
      onFocus={keepFocus}
      className="grid gap-4 outline-none"
    >
      <Panel
        title={erasing === undefined ? 'What is held' : 'Erasure'}
        beside={
          erasing === undefined && (
            <Button size="small" look="danger" onClick={() => setAsked(true)}>
              Erase this person
            </Button>
          )
        }
      >
        <p className="text-sm break-all text-muted">{subject}</p>
        {erasing === undefined ? (
          <>
            <FailureNotice error={count.error} onRetry={count.retry} />
            {counting !== undefined && <Search id={counting} again={() => count.run(undefined)} />}
          </>
        ) : (
          <Search id={erasing} again={() => erase.run(undefined)} />
        )}
      </Panel>
      <ExportPanel subject={subject} />
      {isAsked && <EraseDialog subject={subject} command={erase} onClose={() => setAsked(false)} />}
    </section>
  );
}

interface SearchProps {
  /** The task that searches. */
  readonly id: string;
  readonly again: () => void;
}

/** A search for a person, from its progress to what it found. */
function Search({ id, again }: SearchProps) {
  const { data: task, error, isFetching, refetch } = useQuery(taskQuery(id));
  if (task === undefined && error !== null) {
    return <ErrorState what="The search" error={error} isPending={isFetching} onRetry={refetch} />;
  }
  const found = foundBy(task);
  if (found === undefined) return <TaskProgress task={task} onAgain={again} />;
  return <Report found={found} />;
}

const OUTCOMES = {
  erased:
    'Erased. What is listed here cannot be read any more, by anybody, in any copy or backup of the data.',
  'erased-before': 'This person was erased before. What is listed here cannot be read.',
  'never-seen':
    'Nothing was ever kept under this id. It is noted as erased, so nothing can be kept from now on.',
};

function Report({ found }: { readonly found: Found }) {
  const { outcome, services } = found;
  const isEmpty = services.every(({ events, rows, timers, parked }) => {
    return events + rows.length + timers + parked === 0;
  });
  return (
    <div role="status" className="grid gap-3">
      {outcome !== undefined && (
        <p className="rounded-md bg-green-soft px-3 py-2 text-sm">
          <strong className="text-green">Done.</strong> {OUTCOMES[outcome]}
        </p>
      )}
      {isEmpty ? (
        <EmptyState title="Nothing is held under this id">
          Look at its spelling: it is an id, not a name.
        </EmptyState>
      ) : (
        <HoldingsTable services={services} isErased={outcome !== undefined} />
      )}
    </div>
  );
}
