import { FAULTS, type FaultCode, isFault } from '@tidemark/core';
import { type Answer, PROBLEM_TYPE } from './answer.ts';

/** What a problem document says. */
export interface ProblemParts {
  readonly status: number;
  /** Kebab-case and stable: clients switch on it. */
  readonly type: string;
  readonly title: string;
  readonly detail?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One thing wrong with a request. `path` names the field or header; the value itself is never repeated. */
export interface FieldError {
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly path: string;
  readonly message: string;
}

const MAX_ERRORS = 20;

/**
 * An RFC 9457 problem document; `type` becomes `/problems/<type>`.
 *
 * @example
 * return problem({ status: 422, type: 'seat-taken', title: 'Seat taken' });
 */
export function problem(parts: ProblemParts): Answer {
  const { status, type, title, detail, extensions, headers } = parts;
  return {
    status,
    headers: { ...headers, 'content-type': PROBLEM_TYPE },
    body: {
      ...extensions,
      type: `/problems/${type}`,
      title,
      status,
      ...(detail === undefined ? {} : { detail }),
    },
  };
}

/**
 * There is no such thing: 404 of type `not-found`.
 *
 * @example
 * if (row === undefined) return notFound('flight');
 */
export function notFound(what: string): Answer {
  return problem({ status: 404, type: 'not-found', title: `No such ${what}` });
}

/** The request breaks its contract: 400 with at most 20 of the things that are wrong. */
export function invalidRequest(errors: readonly FieldError[]): Answer {
  return problem({
    status: 400,
    type: 'invalid-request',
    title: 'The request does not fit its contract',
    extensions: { errors: errors.slice(0, MAX_ERRORS) },
  });
}

/** A path that a fault has to the client; what is not listed is nobody's business outside: 500. */
const ANSWERED_FAULTS: { readonly [Code in FaultCode]?: { status: number; type: string } } = {
  STORE_UNAVAILABLE: { status: 503, type: 'store-unavailable' },
  STORE_FULL: { status: 503, type: 'store-full' },
  OUTCOME_UNKNOWN: { status: 503, type: 'outcome-unknown' },
  READ_MODEL_BEHIND: { status: 503, type: 'read-model-behind' },
  READ_MODEL_STOPPED: { status: 503, type: 'read-model-stopped' },
  READ_MODEL_DROPPED: { status: 503, type: 'read-model-dropped' },
  KEYS_UNAVAILABLE: { status: 503, type: 'keys-unavailable' },
  NEIGHBOUR_UNAVAILABLE: { status: 503, type: 'neighbour-unavailable' },
  SUBJECT_ERASED: { status: 422, type: 'subject-erased' },
  CURSOR_INVALID: { status: 400, type: 'cursor-invalid' },
  POSITION_AHEAD: { status: 400, type: 'position-ahead' },
};

/** The problem that tells a client of something thrown; `undefined` when it is a defect of ours (500). */
export function faultProblem(error: unknown): Answer | undefined {
  if (!isFault(error)) return undefined;
  const answered = ANSWERED_FAULTS[error.code];
  if (answered === undefined) return undefined;
  const { retryable, meaning } = FAULTS[error.code];
  const { checkpoint } = error.facts;
  const isBehind = error.code === 'READ_MODEL_BEHIND' && typeof checkpoint === 'string';
  return problem({
    ...answered,
    title: meaning,
    ...(isBehind ? { extensions: { checkpoint } } : {}),
    ...(retryable ? { headers: { 'retry-after': '1' } } : {}),
  });
}

/** Something broke that the client can do nothing about; the log has the rest under the correlation id. */
export function internalProblem(): Answer {
  return problem({ status: 500, type: 'internal', title: 'Something went wrong on our side' });
}

/** The answer took too long. A write may still take effect, so its outcome is unknown, not refused. */
export function deadlineProblem(write: boolean): Answer {
  if (write) {
    return problem({
      status: 503,
      type: 'outcome-unknown',
      title: FAULTS.OUTCOME_UNKNOWN.meaning,
      headers: { 'retry-after': '1' },
    });
  }
  return problem({
    status: 503,
    type: 'deadline-exceeded',
    title: 'No answer within the time the request allows',
    headers: { 'retry-after': '1' },
  });
}
