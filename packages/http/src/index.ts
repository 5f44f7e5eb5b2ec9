// CONTRACT STUB: signatures that the other packages build on; the implementation replaces this file.

import type { Cause, Clock, Logger } from '@tidemark/core';
import type { CommandContext, CommandOutcome, RequestEnv } from '@tidemark/runtime';
import type { z } from 'zod';
import type { RouteContract, Routes } from './contract.ts';

export type { AnswerContract, RouteContract, Routes } from './contract.ts';

/** What a handler answers. `body` is sent as JSON; a `ReadableStream` as it is. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
/** What came with a request besides its validated parts. */
export interface HttpContext {
  /** For commands: from `Idempotency-Key`, else new. Goes back as `Command-Id`. Give it to the command handler as it is. */
  readonly command: CommandContext;
  readonly cause: Cause;
  /** From `If-None-Match` on a GET: revisions the client has. */
  readonly knownRevisions: readonly number[];
  /** From `Consistency-Token`: `<service>@<position>` tokens, parsed. */
  readonly consistency: ReadonlyMap<string, bigint>;
  /** From `Last-Event-ID`. */
  readonly lastEventId?: string;
  /** Aborts when the client has gone or the deadline is over. */
  readonly signal: AbortSignal;
}
type Part<R extends RouteContract, Name extends 'params' | 'query' | 'body'> = R extends {
  readonly [K in Name]: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : undefined;
export interface HandlerInput<R extends RouteContract> {
  readonly params: Part<R, 'params'>;
  readonly query: Part<R, 'query'>;
  readonly body: Part<R, 'body'>;
  readonly context: HttpContext;
}
/** One handler for each operation of the contract. */
export type Handlers<R extends Routes> = {
  readonly [Operation in keyof R]: (input: HandlerInput<R[Operation]>) => Promise<Answer>;
};

/** The surface of a service: its routes under `/api`, `/rpc` if given, `/healthz`, `/readyz`, `/openapi.json`. */
export declare function createHttpService<R extends Routes>(parts: {
  readonly service: string;
  readonly routes: R;
  readonly handlers: Handlers<R>;
  /** Serves POST /rpc. */
  readonly rpc?: (request: Request) => Promise<Response>;
  /** Whether commands are accepted; a reason when not. */
  readonly ready?: () => Promise<true | string>;
  readonly log: Logger;
  readonly clock: Clock;
}): (request: Request, env?: RequestEnv) => Promise<Response>;

/** The answer to a command: maps conflict (409, or 412 under If-Match), rejection (422), mismatch (422); `accepted` and `unchanged` answer what `done` says, with `ETag` and `Consistency-Token`. */
export declare function commandAnswer<Reason extends string>(
  outcome: CommandOutcome<Reason>,
  parts: {
    readonly service: string;
    readonly context: HttpContext;
    /** Reasons that mean "no such thing": answered 404. */
    readonly notFound?: readonly Reason[];
    /** Default 204 without a body. */
    readonly done?: Answer;
  },
): Answer;
/** A 200 with a strong ETag of the revision; 304 when the client has it. */
export declare function entityAnswer(
  body: unknown,
  revision: number | 'none',
  context: HttpContext,
): Answer;
/** An RFC 9457 problem document; `type` becomes `/problems/<type>`. */
export declare function problem(parts: {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}): Answer;
export declare function notFound(what: string): Answer;
/** A stream of server-sent events with a comment every 15 s as heartbeat; ends when `signal` aborts or the client goes. */
export declare function eventStream(
  events: AsyncIterable<{ readonly id?: string; readonly event?: string; readonly data: unknown }>,
): Answer;
/** Waits until a read model may answer: with a token for this service until it is reached, else 503 `read-model-behind`; without one up to the log's present head, for at most 250 ms. `undefined` when it may. */
export declare function awaitConsistency(parts: {
  readonly service: string;
  readonly context: HttpContext;
  readonly head: () => Promise<bigint>;
  readonly readModel: {
    readonly reached: (position: bigint, signal: AbortSignal) => Promise<boolean>;
    readonly checkpoint: () => Promise<bigint>;
  };
}): Promise<Answer | undefined>;
/** An OpenAPI 3.1 document of some services' routes. */
export declare function openApi(parts: {
  readonly title: string;
  readonly version: string;
  readonly services: readonly { readonly service: string; readonly routes: Routes }[];
}): object;
/** Serves a fetch on a TCP port; `close` stops accepting, lets running requests end within `drainMs`, and resolves. */
export declare function serve(
  fetch: (request: Request) => Promise<Response>,
  options: { readonly host: string; readonly port: number },
): Promise<{ readonly port: number; readonly close: (drainMs: number) => Promise<void> }>;
