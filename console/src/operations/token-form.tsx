import { useMutation } from '@tanstack/react-query';
import { bodyOf, ProblemError } from '../api/problems.ts';
import { Button } from '../ui/button.tsx';
import { FailureNotice } from '../ui/failure-notice.tsx';
import { Field } from '../ui/field.tsx';
import { readForm } from '../ui/read-form.ts';
import { bearer, operations } from './client.ts';
import { keepToken } from './operator-token.ts';

/** Asks for the operators' token, and keeps it when the platform takes it. */
export function TokenForm({ isRefused }: { readonly isRefused: boolean }) {
  const { mutate, variables, error, isPending } = useMutation<void, Error, string>({
    mutationFn: tryToken,
    networkMode: 'always',
    onSuccess: (_, token) => keepToken(token),
  });
  return (
    <form
      aria-label="Open operations"
      className="grid max-w-xl gap-4 rounded-lg border border-line bg-surface p-4"
      onSubmit={(event) => {
        const { token = '' } = readForm(event);
        if (!isPending) mutate(token);
      }}
    >
      {isRefused && (
        <p role="status" className="rounded-md bg-amber-soft px-3 py-2 text-sm">
          <strong className="text-amber">
            The platform no longer takes the token that was kept.
          </strong>{' '}
          It was forgotten; enter the present one.
        </p>
      )}
      <div className="grid gap-1 text-sm">
        <p>These pages show and change how the platform runs. Operators open them with a token.</p>
        <p className="text-muted">
          It is in a file beside the data folder, with the same name and{' '}
          <code className="font-mono">.operator</code> behind it: for{' '}
          <code className="font-mono">./data</code> that is{' '}
          <code className="font-mono">./data.operator</code>. Where{' '}
          <code className="font-mono">OPERATOR_TOKEN</code> was set, it is that.
        </p>
      </div>
      <Field
        label="Token"
        name="token"
        type="password"
        required
        maxLength={500}
        error={isWrong(error) ? 'Not the token of this platform' : undefined}
        hint="Kept in this tab only, until you forget it or close the tab."
      />
      <FailureNotice
        error={error ?? undefined}
        onRetry={() => variables !== undefined && mutate(variables)}
      />
      <div className="flex justify-end">
        <Button type="submit" look="primary" isPending={isPending}>
          Open operations
        </Button>
      </div>
    </form>
  );
}

/** @throws ProblemError 401 for another token than the platform's. */
async function tryToken(token: string): Promise<void> {
  // What cannot stand in a header is nobody's token, and would not be sent.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ProblemError(WRONG);
  await bodyOf(operations.GET('/services', { headers: { authorization: bearer(token) } }));
}

const WRONG = { type: '/problems/operator-token-required', title: 'Wrong token', status: 401 };

function isWrong(error: Error | null): boolean {
  return error instanceof ProblemError && error.problem.status === 401;
}
