import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { bodyOf } from '../api/problems.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { FailureNotice } from '../ui/failure-notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useKeptFocus } from '../ui/use-kept-focus.ts';
import { operations } from './client.ts';
import { type ReadModelPlace, rebuildQuery } from './queries.ts';
import { RebuildState } from './rebuild-state.tsx';
import { CONFIRMED, STEP_NAMES, STEPS_OF } from './rebuild-steps.ts';
import { StoredBuilds } from './stored-builds.tsx';
import type { RebuildStatus, RebuildStep } from './types.ts';
import { useAction } from './use-action.ts';

/** Making a read model anew: how far that is, and what can be done next. */
export function RebuildPanel({ place }: { readonly place: ReadModelPlace }) {
  const area = useRef<HTMLElement>(null);
  const keepFocus = useKeptFocus(area);
  const { data, error, isFetching, refetch } = useQuery(rebuildQuery(place));
  const [asked, setAsked] = useState<RebuildStep>();
  const [taken, setTaken] = useState<RebuildStep>();
  const client = useQueryClient();
  const take = useAction({
    send: (step: RebuildStep) => takeStep(place, step),
    onDone: (status) => {
      client.setQueryData(rebuildQuery(place).queryKey, status);
      setAsked(undefined);
    },
    failure: 'form',
  });
  if (error !== null) {
    return <ErrorState what="The rebuild" error={error} isPending={isFetching} onRetry={refetch} />;
  }
  if (data === undefined) return <Skeleton className="h-8 w-full" />;
  const confirmed = asked === undefined ? undefined : CONFIRMED[asked];
  const run = (step: RebuildStep) => {
    setTaken(step);
    take.run(step);
  };
  const ask = (step: RebuildStep) => {
    take.reset();
    if (CONFIRMED[step] === undefined) run(step);
    else setAsked(step);
  };
  return (
    <section
      ref={area}
      aria-label="Rebuild"
      tabIndex={-1}
      onFocus={keepFocus}
      className="grid gap-3 border-t border-line pt-3 outline-none"
    >
      <RebuildState name={place.readModel} status={data} />
      <div className="flex flex-wrap gap-2">
        {STEPS_OF[data.state].map((step) => (
          <Button
            key={step}
            size="small"
            look={step === 'switch' ? 'primary' : 'quiet'}
            isPending={take.isPending && taken === step}
            onClick={() => ask(step)}
          >
            {STEP_NAMES[step]}
          </Button>
        ))}
      </div>
      {asked === undefined && <FailureNotice error={take.error} onRetry={take.retry} />}
      <StoredBuilds place={place} builds={data.builds} />
      {asked !== undefined && confirmed !== undefined && (
        <ConfirmDialog
          title={confirmed.title}
          text={confirmed.text}
          action={STEP_NAMES[asked]}
          dismiss="Not now"
          command={{ ...take, run: () => run(asked) }}
          onClose={() => {
            take.reset();
            setAsked(undefined);
          }}
        />
      )}
    </section>
  );
}

function takeStep(place: ReadModelPlace, step: RebuildStep): Promise<RebuildStatus> {
  const path = '/services/{service}/read-models/{readModel}/rebuild/{step}';
  return bodyOf(operations.POST(path, { params: { path: { ...place, step } } }));
}
