import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { explain } from '../api/explain.ts';
import { ProblemError } from '../api/problems.ts';
import { Button } from '../ui/button.tsx';
import { counted } from '../ui/format.ts';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { Panel } from './panel.tsx';
import { saveFile } from './save-file.ts';
import { exportSubject } from './subject-data.ts';

/** Everything that is kept about a person, as a file. */
export function ExportPanel({ subject }: { readonly subject: string }) {
  const [count, setCount] = useState(0);
  const stop = useRef(new AbortController());
  const { mutate, isPending, isSuccess, error, reset } = useMutation<void, Error, void>({
    mutationFn: async () => {
      setCount(0);
      stop.current = new AbortController();
      const file = await exportSubject(subject, setCount, stop.current.signal);
      saveFile(`export-${subject.replaceAll(/[^\w.-]/g, '_')}.json`, file);
    },
    networkMode: 'always',
  });
  useEffect(() => () => stop.current.abort(), []);
  return (
    <Panel
      title="Export"
      beside={
        isPending ? (
          <Button
            size="small"
            onClick={() => {
              stop.current.abort();
              reset();
            }}
          >
            Stop
          </Button>
        ) : (
          <Button size="small" onClick={() => mutate()}>
            Export as a file
          </Button>
        )
      }
    >
      <p className="text-sm text-muted">
        Events, rows and timers of this person, their own values opened, those of others withheld.
        The file holds personal data; the platform notes in its log that it was made.
      </p>
      {isPending && (
        <ProgressBar label="Export" done={count}>
          {`${counted(count, 'record')} so far`}
        </ProgressBar>
      )}
      {isSuccess && (
        <p role="status" className="text-sm">
          <strong className="text-green">Saved.</strong> {counted(count, 'record')} in the file
          {count === 0 ? ': nothing is kept under this id.' : '.'}
        </p>
      )}
      <div role="alert" className={error === null ? 'contents' : ''}>
        {error !== null && <Failure error={error} />}
      </div>
    </Panel>
  );
}

const BROKE_OFF = {
  what: 'The export broke off before its end',
  next: 'Nothing was saved; export it again.',
};

function Failure({ error }: { readonly error: Error }) {
  const { what, next } = error instanceof ProblemError ? explain(error) : BROKE_OFF;
  return (
    <p className="rounded-md bg-danger-soft px-3 py-2 text-sm break-words">
      <strong className="text-danger">{what}.</strong> {next}
    </p>
  );
}
