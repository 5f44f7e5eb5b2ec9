import type { Cause } from '@tidemark/core';

/** What travels with a call. */
export interface RpcCallContext {
  readonly commandId: string;
  readonly cause: Cause;
  /** How long the caller still waits. */
  readonly deadlineMs: number;
}

const ID = /^[\x21-\x7e]{1,200}$/;
const MAX_DEADLINE_MS = 60_000;

/** The headers of a call. A time below a millisecond is written as one; the caller has its own clock on it. */
export function toHeaders(context: RpcCallContext): Record<string, string> {
  const { commandId, cause, deadlineMs } = context;
  const leftMs = Math.min(Math.max(1, Math.floor(deadlineMs)), MAX_DEADLINE_MS);
  return {
    'command-id': commandId,
    'correlation-id': cause.correlationId,
    'causation-id': cause.causationId,
    actor: cause.actor,
    'request-timeout-ms': String(leftMs),
    ...(cause.trace === undefined ? {} : { traceparent: cause.trace }),
  };
}

/** Reads them back; `undefined` when one is missing or malformed. */
export function fromHeaders(headers: Headers): RpcCallContext | undefined {
  const commandId = headers.get('command-id') ?? '';
  const correlationId = headers.get('correlation-id') ?? '';
  const causationId = headers.get('causation-id') ?? '';
  const actor = headers.get('actor') ?? '';
  const timeout = headers.get('request-timeout-ms') ?? '';
  if (![commandId, correlationId, causationId, actor].every((id) => ID.test(id))) return undefined;
  if (!/^[1-9][0-9]{0,4}$/.test(timeout)) return undefined;
  const trace = headers.get('traceparent');
  const cause = { correlationId, causationId, actor, ...(trace === null ? {} : { trace }) };
  return { commandId, cause, deadlineMs: Math.min(Number(timeout), MAX_DEADLINE_MS) };
}
