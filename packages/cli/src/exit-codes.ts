import { OperationsError } from '@tidemark/operations';
import { CommanderError } from 'commander';

/** What the program ends with. `docs/reference/cli.md` has a row for each; a test compares the two. */
export const EXIT = {
  done: { code: 0, meaning: 'Done.' },
  failed: { code: 1, meaning: 'It failed, or what was looked at is damaged.' },
  usage: { code: 2, meaning: 'The command line cannot be understood; nothing was asked.' },
  unreachable: { code: 3, meaning: 'No platform answers at the address.' },
  refused: { code: 4, meaning: 'The platform does not take the token, or no token was found.' },
  notFound: { code: 5, meaning: 'There is no such thing.' },
  notNow: { code: 6, meaning: 'Not in this state, or not confirmed: nothing was changed.' },
} as const;

/** Ends the program with a line for people and an exit code. */
export class ExitError extends Error {
  readonly code: number;
  constructor(exit: keyof typeof EXIT, message: string) {
    super(message);
    this.name = 'ExitError';
    this.code = EXIT[exit].code;
  }
}

/** What an error means for the person at the terminal. */
export function explain(error: unknown, url: string): { code: number; message: string } {
  if (error instanceof ExitError) return error;
  if (error instanceof CommanderError) {
    // Commander has said everything itself; help and version are no mistakes.
    return { code: error.exitCode === 0 ? EXIT.done.code : EXIT.usage.code, message: '' };
  }
  if (error instanceof OperationsError) return explainProblem(error);
  if (isUnreachable(error)) {
    return { code: EXIT.unreachable.code, message: `No platform answers at ${url}. Is it up?` };
  }
  const text = error instanceof Error ? error.message : String(error);
  return { code: EXIT.failed.code, message: text };
}

function explainProblem({ problem }: OperationsError): { code: number; message: string } {
  const { status, title, type, body } = problem;
  switch (status) {
    case 401:
    case 403:
      return {
        code: EXIT.refused.code,
        message: `${title}. Set OPERATOR_TOKEN, or DATA_DIR to where the platform keeps its data.`,
      };
    case 404:
      return { code: EXIT.notFound.code, message: title };
    case 409:
      return { code: EXIT.notNow.code, message: title };
    case 400:
      return { code: EXIT.usage.code, message: `${title}${fieldsOf(body.errors)}` };
    default:
      return { code: EXIT.failed.code, message: `${title} (${type})` };
  }
}

function fieldsOf(errors: unknown): string {
  if (!Array.isArray(errors)) return '';
  return errors.map(({ path, message }) => `\n  ${path}: ${message}`).join('');
}

/** What `fetch` throws when a connection is not made, or breaks. */
function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError && /fetch failed|terminated|network/i.test(error.message);
}
