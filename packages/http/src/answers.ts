import { isErased } from '@tidemark/core';
import type { CommandOutcome } from '@tidemark/runtime';
import type { Answer } from './answer.ts';
import type { HttpContext } from './http-context.ts';
import { problem } from './problems.ts';

/** How a command is answered. */
export interface CommandAnswerParts<Reason extends string> {
  /** Named in the `Consistency-Token`. */
  readonly service: string;
  readonly context: HttpContext;
  /** Reasons that mean "no such thing": answered 404. */
  readonly notFound?: readonly Reason[];
  /** Default 204 without a body. */
  readonly done?: Answer;
}

/**
 * The answer to a command: maps conflict (409, or 412 under a precondition), rejection (422, or 404),
 * mismatch (422); `accepted` and `unchanged` answer what `done` says, with `ETag` and `Consistency-Token`.
 *
 * @example
 * return commandAnswer(await flights.handle(id, command, context.command), { service, context });
 */
export function commandAnswer<Reason extends string>(
  outcome: CommandOutcome<Reason>,
  parts: CommandAnswerParts<Reason>,
): Answer {
  switch (outcome.status) {
    case 'accepted':
    case 'unchanged':
      return doneAnswer(outcome, parts);
    case 'rejected':
      return rejectedAnswer(outcome, parts.notFound ?? []);
    case 'conflicted':
      return conflictAnswer(outcome, parts.context);
    case 'mismatched':
      return problem({
        status: 422,
        type: 'idempotency-key-reused',
        title: 'This Idempotency-Key was used for another request',
      });
  }
}

/**
 * A 200 with a strong ETag; 304 when the client has it. The tag is the revision and, behind a dot, how many
 * personal values of the body are erased: erasing writes nothing to the stream, and yet changes the answer.
 *
 * @example
 * return entityAnswer(row, row.revision, context);
 */
export function entityAnswer(
  body: unknown,
  revision: number | 'none',
  context: HttpContext,
): Answer {
  if (revision === 'none') return { status: 200, body };
  const erased = countErased(body);
  const tag = erased === 0 ? etag(revision) : `"${revision}.${erased}"`;
  const headers = { etag: tag };
  if (context.knownTags.includes(tag)) return { status: 304, headers };
  return { status: 200, body, headers };
}

function etag(revision: number): string {
  return `"${revision}"`;
}

/** Of one revision they only become more, so that their number tells the answers apart. */
function countErased(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (isErased(value)) return 1;
  return Object.values(value).reduce((sum: number, item) => sum + countErased(item), 0);
}

type Done = Extract<CommandOutcome, { readonly status: 'accepted' | 'unchanged' }>;
type Rejected = Extract<CommandOutcome, { readonly status: 'rejected' }>;
type Conflicted = Extract<CommandOutcome, { readonly status: 'conflicted' }>;

function doneAnswer<Reason extends string>(
  outcome: Done,
  parts: CommandAnswerParts<Reason>,
): Answer {
  const { headers, ...done }: Answer = parts.done ?? { status: 204 };
  return {
    headers: {
      'consistency-token': `${parts.service}@${outcome.position}`,
      ...(outcome.revision === 'none' ? {} : { etag: etag(outcome.revision) }),
      ...headers,
    },
    ...done,
  };
}

function rejectedAnswer(outcome: Rejected, notFound: readonly string[]): Answer {
  const { reason, details } = outcome;
  const missing = notFound.includes(reason);
  return problem({
    status: missing ? 404 : 422,
    type: missing ? 'not-found' : reason,
    title: titleOf(reason),
    extensions: { reason, ...(details === undefined ? {} : { details }) },
  });
}

/** `flight-already-departed` → `Flight already departed`. */
function titleOf(reason: string): string {
  const words = reason.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function conflictAnswer(outcome: Conflicted, context: HttpContext): Answer {
  const actual = { actualRevision: outcome.actual };
  if (context.command.expectedRevision !== undefined) {
    return problem({
      status: 412,
      type: 'precondition-failed',
      title: 'It is not in the state that the request asks for',
      extensions: actual,
    });
  }
  return problem({
    status: 409,
    type: 'conflict',
    title: 'Others kept changing it at the same time; nothing was changed',
    extensions: { ...actual, attempts: outcome.attempts },
    headers: { 'retry-after': '1' },
  });
}
