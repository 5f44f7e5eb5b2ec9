import type { Clock, Logger } from '@tidemark/core';
import type { RequestEnv } from '@tidemark/runtime';
import { type Context, Hono } from 'hono';
import { type Answer, toResponse } from './answer.ts';
import { type AnyHandler, answerRequest, type ServedRoute } from './answer-request.ts';
import type { Routes } from './contract.ts';
import type { DeferredCommands } from './deferred-commands.ts';
import type { Handlers } from './handlers.ts';
import { marksOf } from './marks-of.ts';
import { openApi } from './open-api.ts';
import { internalProblem, notFound, problem } from './problems.ts';
import { correlationIdOf } from './request-headers.ts';

/** What a service serves. */
export interface HttpServiceParts<R extends Routes> {
  readonly service: string;
  readonly routes: R;
  readonly handlers: Handlers<R>;
  /** Serves POST /rpc. */
  readonly rpc?: (request: Request) => Promise<Response>;
  /** Whether commands are accepted; a reason when not. */
  readonly ready?: () => Promise<true | string>;
  /** Takes commands of clients that do not wait (`Prefer: respond-async`); without it they wait all the same. */
  readonly deferred?: DeferredCommands;
  readonly log: Logger;
  readonly clock: Clock;
  /** For `/openapi.json`. Default `0.0.0`. */
  readonly version?: string;
  /** What stands before the paths of all routes. Default `/api`. */
  readonly base?: `/${string}`;
}

interface Bindings {
  readonly env: RequestEnv | undefined;
}
type Ctx = Context<{ Bindings: Bindings }>;
type Serve = (context: Ctx) => Promise<Response>;

/**
 * The surface of a service: its routes under `/api`, `/rpc` if given, `/healthz`, `/readyz`,
 * `/openapi.json`; under another `base` than `/api` routes and document lie behind it. Whatever comes in,
 * an answer goes out; the promise never rejects.
 *
 * @example
 * const fetch = createHttpService({ service: 'counters', routes, handlers, log, clock });
 * const response = await fetch(new Request('http://localhost/api/counters/1'));
 */
export function createHttpService<R extends Routes>(
  parts: HttpServiceParts<R>,
): (request: Request, env?: RequestEnv) => Promise<Response> {
  const app = new Hono<{ Bindings: Bindings }>();
  const { base = '/api' } = parts;
  for (const [path, methods] of byPath(servedRoutes(parts), base)) {
    app.all(path, (context) => serveRoute(context, { methods, parts }));
  }
  const document = openApi({
    title: parts.service,
    version: parts.version ?? '0.0.0',
    services: [{ service: parts.service, routes: parts.routes }],
    base,
  });
  const { rpc } = parts;
  if (rpc !== undefined)
    app.all('/rpc', (context) => onlyFor(context, 'POST', () => rpc(context.req.raw)));
  app.all(
    '/healthz',
    reading(async () => ({ status: 200, body: { status: 'alive' } })),
  );
  app.all(
    '/readyz',
    reading(() => readiness(parts.ready)),
  );
  app.all(
    base === '/api' ? '/openapi.json' : `${base}/openapi.json`,
    reading(async () => ({ status: 200, body: document })),
  );
  app.notFound((context) => respond(context, notFound('resource')));
  app.onError((error, context) => {
    parts.log.error('a request failed', { correlationId: correlationOf(context), error });
    return respond(context, internalProblem());
  });
  return async (request, env) => {
    if (isMalformed(request.url)) {
      const correlationId = env?.correlationId ?? correlationIdOf(request.headers);
      return toResponse(malformedUrl(), marksOf(request, correlationId));
    }
    return app.fetch(request, { env });
  };
}

function servedRoutes<R extends Routes>(parts: HttpServiceParts<R>): readonly ServedRoute[] {
  return Object.entries(parts.routes).map(([operation, contract]) => ({
    operation,
    contract,
    handler: parts.handlers[operation] as AnyHandler,
  }));
}

/** Routes by path, as Hono writes it; paths without parameters first, so that they win. */
function byPath(
  routes: readonly ServedRoute[],
  base: string,
): [string, Map<string, ServedRoute>][] {
  const paths = new Map<string, Map<string, ServedRoute>>();
  for (const route of routes) {
    const path = `${base}${route.contract.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    const methods = paths.get(path) ?? new Map<string, ServedRoute>();
    methods.set(route.contract.method, route);
    paths.set(path, methods);
  }
  const parameters = (path: string): number => path.split('/:').length;
  return [...paths].sort(([a], [b]) => parameters(a) - parameters(b));
}

async function serveRoute<R extends Routes>(
  context: Ctx,
  target: {
    readonly methods: ReadonlyMap<string, ServedRoute>;
    readonly parts: HttpServiceParts<R>;
  },
): Promise<Response> {
  const request = context.req.raw;
  const route = target.methods.get(request.method === 'HEAD' ? 'GET' : request.method);
  if (route === undefined) return respond(context, methodNotAllowed([...target.methods.keys()]));
  const correlationId = correlationOf(context);
  const routed = {
    request,
    url: new URL(request.url),
    params: context.req.param() as Record<string, string>,
    correlationId,
    actor: context.env.env?.actor ?? 'anonymous',
  };
  const { answer, commandId } = await answerRequest(route, routed, target.parts);
  return toResponse(answer, {
    correlationId,
    ...(isRead(request.method) ? {} : { commandId }),
    head: request.method === 'HEAD',
  });
}

function onlyFor(context: Ctx, method: string, serve: () => Promise<Response>): Promise<Response> {
  if (context.req.raw.method === method) return serve();
  return Promise.resolve(respond(context, methodNotAllowed([method])));
}

function reading(answer: () => Promise<Answer>): Serve {
  return async (context) =>
    respond(context, isRead(context.req.raw.method) ? await answer() : methodNotAllowed(['GET']));
}

async function readiness(ready?: () => Promise<true | string>): Promise<Answer> {
  const state = (await ready?.()) ?? true;
  if (state === true) return { status: 200, body: { status: 'ready' } };
  return problem({
    status: 503,
    type: 'not-ready',
    title: 'Not ready yet',
    detail: state,
    headers: { 'retry-after': '1' },
  });
}

function respond(context: Ctx, answer: Answer): Response {
  return toResponse(answer, marksOf(context.req.raw, correlationOf(context)));
}

function correlationOf(context: Ctx): string {
  return context.env.env?.correlationId ?? correlationIdOf(context.req.raw.headers);
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function methodNotAllowed(methods: readonly string[]): Answer {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  return problem({
    status: 405,
    type: 'method-not-allowed',
    title: 'This resource does not have that method',
    headers: { allow: allowed.join(', ') },
  });
}

/** Percent signs that do not stand for UTF-8: no parser may be left to guess. */
function isMalformed(url: string): boolean {
  if (!url.includes('%')) return false;
  try {
    decodeURIComponent(url);
    return false;
  } catch {
    return true;
  }
}

function malformedUrl(): Answer {
  return problem({
    status: 400,
    type: 'malformed-url',
    title: 'The address holds a percent sign that does not stand for UTF-8',
  });
}
