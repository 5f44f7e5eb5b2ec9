import { useQueryClient } from '@tanstack/react-query';
import { type Command, useCommand } from '../api/commands.ts';

/** Something that an operator can do. */
interface ActionOptions<Input, Result> {
  readonly send: (input: Input) => Promise<Result>;
  /** What to say when it is done; nothing when the page shows it. */
  readonly done?: (result: Result, input: Input) => string | undefined;
  readonly onDone?: (result: Result) => void;
  /** Where it fails: a dialog shows that itself. Default `toast`. */
  readonly failure?: 'toast' | 'form';
}

/** A command of operators: what the page shows of the operations is read again behind it. */
export function useAction<Input, Result>(options: ActionOptions<Input, Result>): Command<Input> {
  const client = useQueryClient();
  const { send, done, onDone, failure = 'toast' } = options;
  const readAgain = () => void client.invalidateQueries({ queryKey: ['operations'] });
  return useCommand<Input, Result>({
    send: async (input) => {
      try {
        return await send(input);
      } finally {
        // Also after a no: often it says that the page was behind.
        readAgain();
      }
    },
    ...(done === undefined ? {} : { done }),
    changed: () => undefined,
    ...(onDone === undefined ? {} : { onDone }),
    failure,
  });
}
