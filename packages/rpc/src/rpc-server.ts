import { createHash, timingSafeEqual } from 'node:crypto';
import { Fault, isFault, type Logger } from '@tidemark/core';
import { JSONRPCServer } from 'json-rpc-2.0';
import { z } from 'zod';
import { fromHeaders, type RpcCallContext } from './call-context.ts';
import type { RpcContract, RpcMethodContract } from './contract.ts';
import { MAX_REQUEST_BYTES, readText } from './read-bytes.ts';
import { describeIssues, RefusedParams, toWire } from './wire-errors.ts';

/** One handler for each method. */
export type RpcHandlers<C extends RpcContract> = {
  readonly [M in keyof C['methods']]: (
    params: z.output<C['methods'][M]['params']>,
    context: RpcCallContext,
  ) => Promise<z.input<C['methods'][M]['result']>>;
};

export interface RpcServerParts<C extends RpcContract> {
  readonly handlers: RpcHandlers<C>;
  /** What callers must bring as `Authorization: Bearer <token>`. */
  readonly token: string;
  /** Hears of what handlers throw. */
  readonly log?: Logger;
}

type AnyHandler = (params: unknown, context: RpcCallContext) => Promise<unknown>;

const MAX_DEPTH = 16;

/** One call: notifications and batches have no place here, every call is answered for itself. */
const callSchema = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string().max(100), z.number()]),
  method: z.string().max(200),
  params: z.record(z.string(), z.unknown()),
});

/**
 * Serves the methods of a contract as POST /rpc; 401 without the service token (compared in constant time).
 * Params and results are checked against the contract. Errors reach the caller as codes only.
 *
 * @example
 * const rpc = createRpcServer(flightsRpc, { handlers: { admit, board, release }, token });
 */
export function createRpcServer<C extends RpcContract>(
  contract: C,
  parts: RpcServerParts<C>,
): (request: Request) => Promise<Response> {
  const methods = createMethods(contract, parts);
  const isOurs = tokenCheck(parts.token);
  return async (request) => {
    if (!isOurs(request.headers.get('authorization'))) return refuse(401, 'unauthorized');
    if (request.method !== 'POST') return refuse(405, 'method-not-allowed');
    if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) {
      return refuse(415, 'unsupported-media-type');
    }
    const context = fromHeaders(request.headers);
    if (context === undefined) return refuse(400, 'invalid-context');
    const text = await readText(request, MAX_REQUEST_BYTES).catch(() => undefined);
    if (text === undefined) return refuse(413, 'body-too-large');
    const call = readCall(text);
    if (call === undefined) return refuse(400, 'invalid-call');
    return Response.json(await methods.receive(call, context), {
      headers: { 'cache-control': 'no-store' },
    });
  };
}

function createMethods<C extends RpcContract>(
  contract: C,
  parts: RpcServerParts<C>,
): JSONRPCServer<RpcCallContext> {
  const quiet = (): void => undefined;
  const server = new JSONRPCServer<RpcCallContext>({ errorListener: quiet });
  server.mapErrorToJSONRPCErrorResponse = toWire;
  for (const [name, method] of Object.entries(contract.methods)) {
    const handle = parts.handlers[name] as AnyHandler;
    server.addMethod(`${contract.service}.${name}`, (params: unknown, context) =>
      answer({ name, method, handle, params, context, log: parts.log }),
    );
  }
  return server;
}

interface Answering {
  readonly name: string;
  readonly method: RpcMethodContract;
  readonly handle: AnyHandler;
  readonly params: unknown;
  readonly context: RpcCallContext;
  readonly log: Logger | undefined;
}

async function answer(call: Answering): Promise<unknown> {
  const { method, context } = call;
  const params = method.params.safeParse(call.params);
  if (!params.success) throw new RefusedParams(params.error);
  try {
    const result = await call.handle(params.data, context);
    const checked = method.result.safeParse(result);
    if (checked.success) return result;
    throw new Fault('NEIGHBOUR_REFUSED', `result does not fit: ${describeIssues(checked.error)}`);
  } catch (error) {
    const { correlationId } = context.cause;
    const line = isFault(error) ? call.log?.warn : call.log?.error;
    line?.('an rpc call failed', { method: call.name, correlationId, error });
    throw error;
  }
}

function readCall(text: string): z.output<typeof callSchema> | undefined {
  try {
    const parsed = callSchema.safeParse(JSON.parse(text));
    return parsed.success && depthOf(parsed.data.params) <= MAX_DEPTH ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function depthOf(value: unknown, above = 0): number {
  if (typeof value !== 'object' || value === null || above > MAX_DEPTH) return above;
  return Object.values(value).reduce<number>(
    (deepest, item) => Math.max(deepest, depthOf(item, above + 1)),
    above + 1,
  );
}

/** Hashes have equal length, so the comparison takes as long for a wrong token as for the right one. */
function tokenCheck(token: string): (header: string | null) => boolean {
  const expected = digest(`Bearer ${token}`);
  return (header) => timingSafeEqual(digest(header ?? ''), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refuse(status: number, type: string): Response {
  return new Response(JSON.stringify({ type: `/problems/${type}`, title: type, status }), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
}
