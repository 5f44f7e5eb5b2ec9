import { useMutation, useQueryClient } from '@tanstack/react-query';
import { showToast } from '../ui/toasts.ts';
import { explain } from './explain.ts';
import { isOutcomeUnknown } from './problems.ts';
import { type Changed, refresh } from './refresh.ts';

/** What a command is sent with, so that repeating it changes nothing more. */
export interface Keyed {
  readonly 'Idempotency-Key': string;
}

/** One command that a person can give. */
export interface CommandOptions<Input, Result> {
  readonly send: (input: Input, header: Keyed) => Promise<Result>;
  /** What to say when it is done; nothing when what changed says it. */
  readonly done?: (result: Result, input: Input) => string | undefined;
  /** What it changed, to be read again even if the stream of events is away. */
  readonly changed: (result: Result, input: Input) => Changed | undefined;
  readonly onDone?: (result: Result) => void;
  /** Where it fails: a form shows that itself. Default `toast`. */
  readonly failure?: 'toast' | 'form';
}

interface Attempt<Input> {
  readonly input: Input;
  readonly key: string;
}

/** A command and how it stands. */
export interface Command<Input> {
  /** One action of a person: gets a key of its own. */
  readonly run: (input: Input) => void;
  /** Repeats the last action under the same key. */
  readonly retry: () => void;
  /** Forgets how the last action ended. */
  readonly reset: () => void;
  readonly isPending: boolean;
  /** What went wrong last; `undefined` when nothing did. */
  readonly error: Error | undefined;
}

/** Sends commands. Nothing is shown before the server has it: the truth comes from there. */
export function useCommand<Input, Result>(options: CommandOptions<Input, Result>): Command<Input> {
  const client = useQueryClient();
  const mutation = useMutation<Result, Error, Attempt<Input>>({
    mutationFn: ({ input, key }) => options.send(input, { 'Idempotency-Key': key }),
    networkMode: 'always',
    onSuccess: (result, { input }) => {
      const text = options.done?.(result, input);
      if (text !== undefined) showToast({ tone: 'success', text });
      const changed = options.changed(result, input);
      if (changed !== undefined) void refresh(client, changed);
      options.onDone?.(result);
    },
    onError: (error, attempt) => {
      if (options.failure === 'form') return;
      showFailure(error, () => mutation.mutate(attempt));
    },
  });
  return {
    run: (input) => mutation.mutate({ input, key: newKey() }),
    retry: () => {
      if (mutation.variables !== undefined) mutation.mutate(mutation.variables);
    },
    reset: mutation.reset,
    isPending: mutation.isPending,
    error: mutation.error ?? undefined,
  };
}

function showFailure(error: Error, tryAgain: () => void): void {
  if (isOutcomeUnknown(error)) {
    showToast({
      tone: 'error',
      text: 'No answer came, so it may have happened or not. Trying again is safe: it happens once.',
      action: { label: 'Try again', run: tryAgain },
    });
    return;
  }
  const { what, next } = explain(error);
  showToast({ tone: 'error', text: `${what}. ${next}`.trim() });
}

/** `crypto.randomUUID` is missing where the console is opened over plain HTTP from another machine. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
