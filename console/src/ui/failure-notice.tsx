import { useEffect, useRef } from 'react';
import { explain } from '../api/explain.ts';
import { isOutcomeUnknown } from '../api/problems.ts';
import { Button } from './button.tsx';

interface FailureNoticeProps {
  readonly error: Error | undefined;
  /** Sends the same again, under the same key. */
  readonly onRetry: () => void;
}

/** Why a form was not accepted, and what to do next. The first field that is wrong gets the focus. */
export function FailureNotice({ error, onRetry }: FailureNoticeProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error === undefined) return;
    const field = place.current?.closest('form')?.querySelector('[aria-invalid="true"]');
    if (field instanceof HTMLElement) field.focus();
  }, [error]);
  const isUnknown = error !== undefined && isOutcomeUnknown(error);
  const { what, next } = isUnknown ? UNKNOWN : explain(error);
  return (
    <div ref={place} role="alert" className={error === undefined ? 'contents' : ''}>
      {error !== undefined && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md bg-danger-soft px-3 py-2 text-sm">
          <p className="min-w-0 flex-1 break-words">
            <strong className="text-danger">{what}.</strong> {next}
          </p>
          {isUnknown && (
            <Button size="small" onClick={onRetry}>
              Try again
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

const UNKNOWN = {
  what: 'No answer came',
  next: 'It may have happened or not. Trying again is safe: it happens once.',
};
