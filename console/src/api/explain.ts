import { type Problem, ProblemError } from './problems.ts';

/** What went wrong, and what to do next. */
export interface Explanation {
  readonly what: string;
  readonly next: string;
}

const REASONS: Readonly<Record<string, Explanation>> = {
  'flight-already-departed': {
    what: 'The flight has already departed',
    next: 'Its details and passengers can no longer change.',
  },
  'flight-already-arrived': { what: 'The flight has already arrived', next: 'You can delete it.' },
  'flight-not-departed': { what: 'The flight has not departed yet', next: 'Depart it first.' },
  'flight-not-arrived': { what: 'The flight has not arrived yet', next: 'Land it first.' },
  'not-all-boarded': {
    what: 'Not everybody has boarded',
    next: 'Board or remove who is missing, then depart.',
  },
  'flight-not-found': {
    what: 'This flight is gone',
    next: 'Somebody deleted it; choose another flight.',
  },
  'flight-full': { what: 'The flight is full', next: 'Choose another flight.' },
  'passenger-not-found': {
    what: 'This passenger is gone',
    next: 'Somebody removed them from the flight.',
  },
  'passenger-erased': {
    what: 'This person’s data was erased',
    next: 'An erased passenger cannot be renamed.',
  },
  'check-in-not-settled': {
    what: 'The flight has not answered the check-in yet',
    next: 'Wait for its answer; it shows here by itself.',
  },
  'check-in-refused': {
    what: 'The flight refused this check-in',
    next: 'Check the passenger in on another flight.',
  },
};

const TYPES: Readonly<Record<string, Explanation>> = {
  '/problems/invalid-request': {
    what: 'Some of this cannot be accepted',
    next: 'Correct what is marked and send it again.',
  },
  '/problems/conflict': {
    what: 'Others changed this at the same time',
    next: 'Nothing was changed; try again.',
  },
  '/problems/not-found': { what: 'This no longer exists', next: 'Somebody deleted it.' },
  '/problems/operator-token-required': {
    what: 'The platform does not take this token',
    next: 'Copy the whole line of the file once more. The platform reads it when it starts.',
  },
  '/problems/too-busy': { what: 'The server is busy', next: 'Nothing was done; try again soon.' },
};

/** Why a flight refused a passenger, for people. */
export function explainReason(reason: string): string {
  return REASONS[reason]?.what ?? readable(reason);
}

/** What an error means for the person who looks at it. */
export function explain(error: unknown): Explanation {
  if (error instanceof ProblemError) return explainProblem(error.problem);
  return {
    what: 'The server cannot be reached',
    next: 'Check the connection, then try again.',
  };
}

function explainProblem(problem: Problem): Explanation {
  const known = REASONS[problem.reason ?? ''] ?? TYPES[problem.type];
  if (known !== undefined) {
    return problem.detail === undefined ? known : { ...known, what: problem.detail };
  }
  const reference =
    problem.correlationId === undefined ? '' : ` Reference: ${problem.correlationId}`;
  return {
    what: problem.detail ?? problem.title,
    next: problem.status >= 500 ? `Try again in a moment.${reference}` : reference.trim(),
  };
}

/** What the server says about single fields, by name. */
export function fieldErrors(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ProblemError)) return {};
  const errors = error.problem.errors ?? [];
  return Object.fromEntries(errors.map(({ path, message }) => [path, message]));
}

/** `not-all-boarded` as `not all boarded`. */
function readable(code: string): string {
  return code.replaceAll('-', ' ');
}
