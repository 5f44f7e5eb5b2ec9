/** An RFC 9457 problem document, as far as a person needs it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** Why the business said no. */
  readonly reason?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly correlationId?: string;
}

/** The server answered with a problem. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** What `openapi-fetch` answers. */
interface Answered<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The body of an answer.
 *
 * @throws ProblemError when the server answered with one, or with something that is not the API's.
 */
export async function bodyOf<Data>(
  answer: Promise<Answered<Data>>,
): Promise<Exclude<Data, undefined>> {
  const { data, error, response } = await answer;
  if (response.ok) return data as Exclude<Data, undefined>;
  throw new ProblemError(isProblem(error) ? error : unreadable(response));
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'type' in value && 'title' in value;
}

function unreadable({ status, statusText }: Response): Problem {
  return { type: 'about:blank', title: statusText || `The server answered ${status}`, status };
}

/** Whether something failed because there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.status === 404;
}

/**
 * Whether a command may have happened although it failed: no answer came, or the server itself does not
 * know. Repeating it with the same key is safe.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return true;
  return error.problem.status >= 500 && !error.problem.type.endsWith('/too-busy');
}

/** Whether a query may succeed when it is asked again soon. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof ProblemError) || error.problem.status === 503;
}
