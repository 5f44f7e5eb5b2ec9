import { ProgressBar } from '../ui/progress-bar.tsx';
import { comparisonText, differenceText, progressText } from './rebuild-words.ts';
import type { RebuildStatus } from './types.ts';

const WORDS = {
  idle: 'Queries are answered from its only build. A rebuild makes its rows anew from the log beside it, while it goes on answering.',
  building: 'A new build reads the log. Queries are answered from the one in use.',
  comparing: 'The new build has caught up, and is compared with the one in use.',
  ready: 'The new build has caught up. Queries are still answered from the old one.',
  switched: 'Queries are answered from the new build. The old one is kept, so you can roll back.',
};

interface RebuildStateProps {
  /** Of the read model. */
  readonly name: string;
  readonly status: RebuildStatus;
}

/** How far a rebuild is. While one is there it keeps its height, so that nothing below moves when it gets on. */
export function RebuildState({ name, status }: RebuildStateProps) {
  const { state, progress, comparison, lastError } = status;
  const isUnderWay = progress !== undefined;
  return (
    <div className={`grid content-start gap-2 text-sm ${isUnderWay ? 'min-h-36 sm:min-h-28' : ''}`}>
      <p role="status">{WORDS[state]}</p>
      {progress !== undefined && (
        <ProgressBar
          label={`Rebuild of ${name}`}
          done={Number(progress.eventsDone)}
          total={Number(progress.eventsTotal)}
        >
          {progressText(progress)}
        </ProgressBar>
      )}
      {comparison !== undefined && <Comparison comparison={comparison} />}
      {lastError !== undefined && (
        <p role="alert" className="break-words">
          <strong className="text-danger">The new build does not get on:</strong> {lastError}. It is
          tried again by itself; give it up, or mend what it says.
        </p>
      )}
    </div>
  );
}

type ComparisonParts = NonNullable<RebuildStatus['comparison']>;

function Comparison({ comparison }: { readonly comparison: ComparisonParts }) {
  const { isDone, rowsDiffering, firstDifference } = comparison;
  const isSame = isDone && rowsDiffering === 0;
  const tone = rowsDiffering > 0 ? 'text-amber' : isSame ? 'text-green' : '';
  return (
    <p className="break-words">
      <strong className={tone}>{comparisonText(comparison)}</strong>{' '}
      {firstDifference !== undefined && (
        <>
          The first is <code className="font-mono break-all">{firstDifference.key}</code>:{' '}
          {differenceText(firstDifference)}.
        </>
      )}
    </p>
  );
}
