// CONTRACT STUB: signatures that the other packages build on; the implementation replaces this file.
import type { Cause } from '@tidemark/core';
import type { z } from 'zod';
import type { RpcContract } from './contract.ts';

export type { RpcContract, RpcMethodContract } from './contract.ts';

/** What travels with a call. */
export interface RpcCallContext {
  readonly commandId: string;
  readonly cause: Cause;
  /** How long the caller still waits. */
  readonly deadlineMs: number;
}
export type RpcClient<C extends RpcContract> = {
  readonly [M in keyof C['methods']]: (
    params: z.input<C['methods'][M]['params']>,
    context: RpcCallContext,
  ) => Promise<z.output<C['methods'][M]['result']>>;
};
export type RpcHandlers<C extends RpcContract> = {
  readonly [M in keyof C['methods']]: (
    params: z.output<C['methods'][M]['params']>,
    context: RpcCallContext,
  ) => Promise<z.input<C['methods'][M]['result']>>;
};
/** JSON-RPC 2.0 over a fetch (POST /rpc), with bytes and deadline. Throws NEIGHBOUR_UNAVAILABLE (no answer in time, 5xx) or NEIGHBOUR_REFUSED. */
export declare function createRpcClient<C extends RpcContract>(
  contract: C,
  parts: { readonly fetch: (request: Request) => Promise<Response>; readonly token: string },
): RpcClient<C>;
/** Serves the methods; 401 without the service token. Params and results are checked against the contract. */
export declare function createRpcServer<C extends RpcContract>(
  contract: C,
  parts: { readonly handlers: RpcHandlers<C>; readonly token: string },
): (request: Request) => Promise<Response>;
