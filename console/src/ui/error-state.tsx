import { explain } from '../api/explain.ts';
import { Button } from './button.tsx';

interface ErrorStateProps {
  /** What could not be loaded: `The flights`. */
  readonly what: string;
  readonly error: Error;
  readonly onRetry: () => void;
  readonly isPending: boolean;
}

/** A view that could not be loaded. */
export function ErrorState({ what, error, onRetry, isPending }: ErrorStateProps) {
  const reason = explain(error);
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 rounded-lg bg-danger-soft p-4">
      <div className="min-w-0 flex-1 text-sm break-words">
        <p className="font-bold text-danger">{what} could not be loaded.</p>
        <p>
          {reason.what}. {reason.next}
        </p>
      </div>
      <Button size="small" isPending={isPending} onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
