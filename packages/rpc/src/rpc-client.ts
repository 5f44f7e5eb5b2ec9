import { isFault } from '@tidemark/core';
import { createJSONRPCRequest } from 'json-rpc-2.0';
import { z } from 'zod';
import { type RpcCallContext, toHeaders } from './call-context.ts';
import type { RpcContract, RpcMethodContract } from './contract.ts';
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, readText } from './read-bytes.ts';
import { describeIssues, neighbourFault, toFault } from './wire-errors.ts';

/** The methods of a neighbour as functions. */
export type RpcClient<C extends RpcContract> = {
  readonly [M in keyof C['methods']]: (
    params: z.input<C['methods'][M]['params']>,
    context: RpcCallContext,
  ) => Promise<z.output<C['methods'][M]['result']>>;
};

/** How a neighbour is reached. */
export interface RpcClientParts {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Shows that the call comes from a service. */
  readonly token: string;
}

interface Call {
  /** On the wire: `<service>.<method>`. */
  readonly method: string;
  readonly contract: RpcMethodContract;
  readonly service: string;
  readonly params: unknown;
  readonly context: RpcCallContext;
}

const answerSchema = z.union([
  z.object({
    jsonrpc: z.literal('2.0'),
    error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }),
  }),
  z.object({ jsonrpc: z.literal('2.0'), result: z.unknown() }),
]);

/**
 * JSON-RPC 2.0 over a fetch (POST /rpc), with bytes and deadline, also in one process. Calls throw
 * NEIGHBOUR_UNAVAILABLE (no answer in time, 5xx: ask again under the same command id) or
 * NEIGHBOUR_REFUSED (asking again is no use: params, token, method, result).
 *
 * @example
 * const flights = createRpcClient(flightsRpc, { fetch: neighbour('flights'), token });
 * const verdict = await flights.admit({ flightId, passengerId }, { commandId, cause, deadlineMs: 2_000 });
 */
export function createRpcClient<C extends RpcContract>(
  contract: C,
  parts: RpcClientParts,
): RpcClient<C> {
  const { service } = contract;
  const methods = Object.entries(contract.methods).map(([name, method]) => [
    name,
    (params: unknown, context: RpcCallContext) =>
      call({ method: `${service}.${name}`, contract: method, service, params, context }, parts),
  ]);
  return Object.fromEntries(methods) as RpcClient<C>;
}

async function call(asked: Call, parts: RpcClientParts): Promise<unknown> {
  const body = writeBody(asked);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), Math.max(0, asked.context.deadlineMs));
  try {
    const text = await exchange(asked, { ...parts, body, signal: deadline.signal });
    return readResult(asked, text);
  } finally {
    clearTimeout(timer);
    // What still runs for an answer that nobody waits for may stop.
    deadline.abort();
  }
}

function writeBody({ method, contract, params }: Call): string {
  const checked = contract.params.safeParse(params);
  if (!checked.success) {
    throw neighbourFault(false, `${method}: params do not fit: ${describeIssues(checked.error)}`);
  }
  const body = JSON.stringify(createJSONRPCRequest(1, method, params));
  if (Buffer.byteLength(body) <= MAX_REQUEST_BYTES) return body;
  throw neighbourFault(false, `${method}: the call has more than ${MAX_REQUEST_BYTES} bytes`);
}

/** Sends and reads within the deadline, whether or not the other side looks at the signal. */
async function exchange(
  asked: Call,
  parts: RpcClientParts & { readonly body: string; readonly signal: AbortSignal },
): Promise<string> {
  const { method } = asked;
  const late = neighbourFault(true, `${method}: no answer within ${asked.context.deadlineMs} ms`);
  try {
    return await Promise.race([send(asked, parts), rejectOnAbort(parts.signal, late)]);
  } catch (error) {
    if (parts.signal.aborted) throw late;
    if (isFault(error, 'NEIGHBOUR_UNAVAILABLE') || isFault(error, 'NEIGHBOUR_REFUSED')) throw error;
    throw neighbourFault(true, `${method}: the call did not reach its answer`, error);
  }
}

async function send(
  asked: Call,
  parts: RpcClientParts & { readonly body: string; readonly signal: AbortSignal },
): Promise<string> {
  const request = new Request(`http://${asked.service}.internal/rpc`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${parts.token}`,
      ...toHeaders(asked.context),
    },
    body: parts.body,
    signal: parts.signal,
  });
  const response = await parts.fetch(request);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw neighbourFault(response.status >= 500, `${asked.method}: status ${response.status}`);
  }
  const text = await readText(response, MAX_ANSWER_BYTES);
  if (text === undefined) throw neighbourFault(false, `${asked.method}: the answer is unreadable`);
  return text;
}

function readResult({ method, contract }: Call, text: string): unknown {
  const answer = answerSchema.safeParse(parseJson(text));
  if (!answer.success) throw neighbourFault(false, `${method}: the answer is not JSON-RPC`);
  if ('error' in answer.data) throw toFault(method, answer.data.error);
  const result = contract.result.safeParse(answer.data.result);
  if (result.success) return result.data;
  throw neighbourFault(false, `${method}: result does not fit: ${describeIssues(result.error)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rejectOnAbort(signal: AbortSignal, reason: Error): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(reason), { once: true });
  });
}
