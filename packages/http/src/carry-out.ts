import { isErased } from '@tidemark/core';
import type { AnyHandler } from './answer-request.ts';
import type { Routes } from './contract.ts';
import type { CarryOut } from './deferred-commands.ts';
import type { Handlers } from './handlers.ts';
import type { HttpContext } from './http-context.ts';
import { deadlineProblem, faultProblem, internalProblem } from './problems.ts';

/**
 * Carries deferred commands out with the handlers that answer requests. What a stop breaks off has no known
 * outcome (503), so that it is carried out again.
 *
 * @example
 * runnables: [deferred.runnable(carryOutWith(handlers))]
 */
export function carryOutWith<R extends Routes>(handlers: Handlers<R>): CarryOut {
  return async (request, signal) => {
    const { commandId, operation, actor, correlationId, expectedRevision, fingerprint } = request;
    const handler = handlers[operation] as AnyHandler | undefined;
    if (handler === undefined || isErased(request.request)) return internalProblem();
    const cause = { correlationId, causationId: commandId, actor };
    const context: HttpContext = {
      command: {
        commandId,
        cause,
        ...(expectedRevision === undefined ? {} : { expectedRevision }),
        ...(fingerprint === undefined ? {} : { fingerprint }),
      },
      cause,
      knownTags: [],
      consistency: new Map(),
      signal,
    };
    try {
      return await handler({ ...JSON.parse(request.request), context });
    } catch (error) {
      return faultProblem(error) ?? (signal.aborted ? deadlineProblem(true) : internalProblem());
    }
  };
}
