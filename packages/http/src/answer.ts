/** What a handler answers. `body` is sent as JSON; a `ReadableStream` as it is. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the surface adds to an answer. */
export interface AnswerMarks {
  readonly correlationId: string;
  /** Only for requests that are not reads. */
  readonly commandId?: string;
  /** The request was a HEAD: same headers, no body. */
  readonly head?: boolean;
}

export const JSON_TYPE = 'application/json';
export const PROBLEM_TYPE = 'application/problem+json';

/** Answers that hold all they will ever send. */
const whole = new WeakSet<Response>();

/**
 * The response of an answer: JSON, security headers, `Correlation-Id` and `Command-Id`.
 * A problem document gets the correlation id as a member, so that a person can report it.
 *
 * @example
 * toResponse(notFound('flight'), { correlationId });
 */
export function toResponse(answer: Answer, marks: AnswerMarks): Response {
  const headers: Record<string, string> = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'correlation-id': marks.correlationId,
  };
  if (marks.commandId !== undefined) headers['command-id'] = marks.commandId;
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    headers[name.toLowerCase()] = value;
  }
  const body = bodyOf(answer, { headers, marks });
  const response = new Response(body, { status: answer.status, headers });
  if (!(body instanceof ReadableStream)) whole.add(response);
  return response;
}

/**
 * Whether a response goes on as a live stream once its headers are sent. Of one that `toResponse` made of a text, no
 * header is asked: the server would then build all of them once more.
 *
 * @example
 * if (isEventStream(response)) streams += 1;
 */
export function isEventStream(response: Response): boolean {
  return !whole.has(response) && response.headers.get('content-type') === 'text/event-stream';
}

function bodyOf(
  answer: Answer,
  parts: { readonly headers: Record<string, string>; readonly marks: AnswerMarks },
): string | ReadableStream | null {
  const { headers, marks } = parts;
  if (answer.body === undefined) return null;
  if (answer.body instanceof ReadableStream) {
    if (marks.head !== true) return answer.body;
    // Nobody will read it: what feeds it must not be left waiting. Its own errors concern nobody.
    answer.body.cancel().catch(() => undefined);
    return null;
  }
  headers['content-type'] ??= JSON_TYPE;
  if (marks.head === true) return null;
  if (headers['content-type'] !== PROBLEM_TYPE) return JSON.stringify(answer.body);
  return JSON.stringify({ ...answer.body, correlationId: marks.correlationId });
}
