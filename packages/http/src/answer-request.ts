import { createHmac } from 'node:crypto';
import type { Cause, Clock, Logger } from '@tidemark/core';
import { deriveId, newId } from '@tidemark/runtime';
import type { Answer } from './answer.ts';
import { canonicalJson } from './canonical-json.ts';
import type { RouteContract } from './contract.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import type { DeferredCommands } from './deferred-commands.ts';
import type { HttpContext } from './http-context.ts';
import { deadlineProblem, faultProblem, internalProblem } from './problems.ts';
import { type RequestHeaders, readHeaders, traceOf } from './request-headers.ts';
import { type RequestInput, readInput } from './request-input.ts';

/** A handler as the router calls it: its input was checked against the contract, which is where its types come from. */
export type AnyHandler = (input: {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly context: HttpContext;
}) => Promise<Answer>;

/** One route that is served. */
export interface ServedRoute {
  readonly operation: string;
  readonly contract: RouteContract;
  readonly handler: AnyHandler;
}

/** A request on its route. */
export interface RoutedRequest {
  readonly request: Request;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly correlationId: string;
  readonly actor: string;
}

export interface AnswerTools {
  readonly log: Logger;
  readonly clock: Clock;
  readonly deferred?: DeferredCommands;
}

/** What came of a request; the command id goes back to the client also when the command was refused. */
export interface Answered {
  readonly answer: Answer;
  readonly commandId: string;
}

/** Checks a request against its contract, calls the handler within the deadline, and answers in any case. */
export async function answerRequest(
  route: ServedRoute,
  routed: RoutedRequest,
  tools: AnswerTools,
): Promise<Answered> {
  const { contract } = route;
  const headers = readHeaders(routed.request.headers, isWrite(contract));
  const commandId = commandIdOf(contract, routed, headers.idempotencyKey);
  const input = await readInput({ route: contract, errors: headers.errors, ...routed });
  if ('refused' in input) return { answer: input.refused, commandId };
  const deadline = startDeadline({
    clock: tools.clock,
    client: () => routed.request.signal,
    forMs: contract.streams === true ? undefined : headers.timeoutMs,
  });
  const context = contextOf({ routed, headers, commandId, input: input.value, deadline });
  const { params, query, body } = input.value;
  const work = { route, routed, tools, deadline };
  const { deferred } = tools;
  const handle =
    headers.prefersAsync && deferred !== undefined
      ? () => deferred.defer(toDeferred(route.operation, input.value, context), context)
      : () => route.handler({ params, query, body, context });
  const handled = settle(handle, work);
  const first = await Promise.race([handled, deadline.over]);
  const answer = typeof first === 'string' ? deadlineProblem(isWrite(contract)) : first;
  if (answer.body instanceof ReadableStream) {
    return { answer: live(answer, work), commandId };
  }
  deadline.end();
  return { answer, commandId };
}

function toDeferred(operation: string, input: RequestInput, { cause, command }: HttpContext) {
  const { params, query, body } = input;
  const { correlationId, actor } = cause;
  const { expectedRevision, fingerprint } = command;
  return {
    operation,
    actor,
    correlationId,
    request: JSON.stringify({ params, query, body }),
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

function isWrite(contract: RouteContract): boolean {
  return contract.method !== 'GET';
}

/** The same key from the same person on the same route names the same command. */
function commandIdOf(contract: RouteContract, routed: RoutedRequest, key?: string): string {
  if (key === undefined) return newId();
  const place = `${contract.path} ${decodeURI(routed.url.pathname)}`;
  return deriveId('idempotency', routed.actor, contract.method, place, key);
}

function contextOf(parts: {
  readonly routed: RoutedRequest;
  readonly headers: RequestHeaders;
  readonly commandId: string;
  readonly input: RequestInput;
  readonly deadline: Deadline;
}): HttpContext {
  const { routed, headers, commandId, deadline } = parts;
  const trace = traceOf(routed.request.headers);
  const cause: Cause = {
    correlationId: routed.correlationId,
    causationId: commandId,
    actor: routed.actor,
    ...(trace === undefined ? {} : { trace }),
  };
  const { expectedRevision, idempotencyKey, knownTags, consistency, lastEventId } = headers;
  const command = {
    commandId,
    cause,
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
    ...(idempotencyKey === undefined ? {} : { fingerprint: fingerprint(parts, idempotencyKey) }),
  };
  const signalled: typeof SIGNALLED = Object.create(SIGNALLED);
  return Object.assign(signalled, {
    deadline,
    command,
    cause,
    knownTags,
    consistency,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  });
}

/**
 * Gives a context its `signal`. Shared by all, because an object with a getter of its own has a hidden class of its own,
 * which keeps all that the getter sees from being collected young.
 */
const SIGNALLED: Pick<HttpContext, 'signal'> = Object.create(Object.prototype, {
  signal: {
    get(this: { readonly deadline: Deadline }): AbortSignal {
      return this.deadline.signal();
    },
  },
});

/** Under the client's key, which is kept nowhere: it stays in the log, and a guessed name must not be confirmed by it. */
function fingerprint(
  parts: { readonly routed: RoutedRequest; readonly input: RequestInput },
  key: string,
): string {
  const { request, url } = parts.routed;
  const asked = [request.method, decodeURI(url.pathname), parts.input.query ?? null];
  return createHmac('sha256', key)
    .update(canonicalJson([...asked, parts.input.rawBody ?? null]))
    .digest('hex');
}

interface Work {
  readonly route: ServedRoute;
  readonly routed: RoutedRequest;
  readonly tools: AnswerTools;
  readonly deadline: Deadline;
}

/** The answer of the handler, or the problem that what it threw becomes. Never rejects. */
async function settle(handle: () => Promise<Answer>, work: Work): Promise<Answer> {
  try {
    return await handle();
  } catch (error) {
    if (work.deadline.isAbandoned() && isAbort(error)) {
      return deadlineProblem(isWrite(work.route.contract));
    }
    const fields = {
      operation: work.route.operation,
      correlationId: work.routed.correlationId,
      error,
    };
    const told = faultProblem(error);
    if (told === undefined) work.tools.log.error('a request failed', fields);
    else if (told.status >= 500) work.tools.log.warn('a request met a fault', fields);
    return told ?? internalProblem();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** A stream lives on after its handler: when the client goes, what feeds it is told. What breaks it is logged, and the client comes back. */
function live(answer: Answer, work: Work): Answer {
  const { deadline, route, routed, tools } = work;
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const read = async (): Promise<Uint8Array | undefined> => {
    try {
      return (await reader.read()).value;
    } catch (error) {
      const { correlationId } = routed;
      tools.log.warn('a stream broke', { operation: route.operation, correlationId, error });
      return undefined;
    }
  };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const chunk = await read();
        if (chunk !== undefined) return controller.enqueue(chunk);
        deadline.end();
        controller.close();
      },
      cancel: async (reason) => {
        deadline.abandon();
        deadline.end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { ...answer, body };
}
