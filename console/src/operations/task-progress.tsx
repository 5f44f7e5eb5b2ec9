import { Button } from '../ui/button.tsx';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { cancelTask } from './subject-data.ts';
import type { Task } from './types.ts';
import { useAction } from './use-action.ts';

interface TaskProgressProps {
  /** `undefined` while it begins. */
  readonly task: Task | undefined;
  /** Does the same once more. */
  readonly onAgain: () => void;
}

/** How far something is that takes long, or how it ended without a result. */
export function TaskProgress({ task, onAgain }: TaskProgressProps) {
  const cancel = useAction({ send: (id: string) => cancelTask(id) });
  const { state = 'running', progress, fault } = task ?? {};
  if (state !== 'running') {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-3 rounded-lg bg-danger-soft p-4">
        <p className="min-w-0 flex-1 text-sm break-words">
          <strong className="text-danger">
            {state === 'cancelled' ? 'It was stopped before its end.' : 'It failed.'}
          </strong>{' '}
          {fault?.message} What it had done stays done; doing it again does no harm.
        </p>
        <Button size="small" onClick={onAgain}>
          Do it again
        </Button>
      </div>
    );
  }
  const total = progress?.total;
  const far = progress === undefined ? '' : ` ${progress.done.toLocaleString()}`;
  const of = total === undefined ? '' : ` of ${total.toLocaleString()}`;
  return (
    <div className="grid min-h-20 content-start gap-3 sm:grid-cols-[minmax(0,1fr)_auto]">
      <ProgressBar label="Progress" done={progress?.done ?? 0} total={total}>
        {`${progress?.step ?? 'It begins'}${far}${of}`}
      </ProgressBar>
      {task !== undefined && (
        <Button size="small" isPending={cancel.isPending} onClick={() => cancel.run(task.id)}>
          Stop
        </Button>
      )}
    </div>
  );
}
