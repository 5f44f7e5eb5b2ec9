import { Fault, type Logger } from '@tidemark/core';
import {
  type Answer,
  correlationIdOf,
  internalProblem,
  marksOf,
  notFound,
  openApi,
  problem,
  toResponse,
} from '@tidemark/http';
import { createBulkhead } from './bulkhead.ts';
import { openConsole, type ServeFile } from './console-files.ts';
import type { GatewayService } from './gateway-service.ts';
import { readiness } from './readiness.ts';

/** What a gateway is made of. */
export interface GatewayParts {
  readonly services: readonly GatewayService[];
  /** Folder of the built console; without it `/` is not found. Read once, here. */
  readonly consoleDir?: string;
  /** What operators ask under `/operations/`; it asks for their token itself. Without it there is no such path. */
  readonly operations?: (request: Request) => Promise<Response>;
  readonly log: Logger;
  /** Whether the platform itself takes requests; the services are asked beside it. */
  readonly ready: () => Promise<true | string>;
  /** Shown in the OpenAPI document. */
  readonly version: string;
  /** Requests that may run at once, live streams not counted. Default 1,000. */
  readonly maxRequests?: number;
  /** Live streams at once. Default 500. */
  readonly maxStreams?: number;
}

interface Gateway {
  readonly parts: GatewayParts;
  readonly owners: ReadonlyMap<string, GatewayService>;
  readonly document: object;
  readonly serveFile: ServeFile;
  readonly guard: ReturnType<typeof createBulkhead>;
}

/**
 * One fetch in front of all services: `/api/<first segment>` goes to the service whose routes own that
 * segment, as the same `Request`; `/api/openapi.json` describes them all; `/healthz`; `/readyz`;
 * `/operations/` for operators, also when there is no room for others; the console at `/`. Nothing
 * else of a service can be reached. Never rejects.
 *
 * @throws CONFIGURATION_INVALID when two services own a segment, or name an operation, alike.
 * @example
 * const fetch = createGateway({ services, log, ready: async () => true, version: '1.0.0' });
 */
export function createGateway(parts: GatewayParts): (request: Request) => Promise<Response> {
  const { maxRequests = 1_000, maxStreams = 500 } = parts;
  const gateway: Gateway = {
    parts,
    owners: ownersOf(parts.services),
    document: openApi({
      title: 'Tidemark',
      version: parts.version,
      services: parts.services.map(({ name, routes }) => ({ service: name, routes })),
    }),
    serveFile: openConsole(parts.consoleDir),
    guard: createBulkhead({ maxRequests, maxStreams }),
  };
  return (request) => dispatch(request, gateway);
}

/** Which service owns which first segment of a path behind `/api`. */
function ownersOf(services: readonly GatewayService[]): ReadonlyMap<string, GatewayService> {
  const owners = new Map<string, GatewayService>();
  for (const service of services) {
    for (const { path } of Object.values(service.routes)) {
      const segment = firstSegment(path);
      const owner = owners.get(segment) ?? service;
      if (owner !== service || segment === 'openapi.json') {
        throw new Fault('CONFIGURATION_INVALID', `/api/${segment} is not free for ${service.name}`);
      }
      owners.set(segment, service);
    }
  }
  return owners;
}

function firstSegment(path: string): string {
  return path.split('/', 2)[1] ?? '';
}

async function dispatch(request: Request, gateway: Gateway): Promise<Response> {
  const correlationId = correlationIdOf(request.headers);
  if (isForeign(request)) return toResponse(crossSite(), marksOf(request, correlationId));
  const { pathname } = new URL(request.url);
  const owner = pathname.startsWith('/api/')
    ? gateway.owners.get(firstSegment(pathname.slice('/api'.length)))
    : undefined;
  if (owner !== undefined) return forward(request, { gateway, owner, correlationId });
  const { operations } = gateway.parts;
  if (operations !== undefined && pathname.startsWith('/operations/')) return operations(request);
  const file = isRead(request) ? gateway.serveFile(request, pathname) : undefined;
  if (file !== undefined) return file;
  const answer = await ownAnswer(request, { gateway, pathname });
  return toResponse(answer, marksOf(request, correlationId));
}

async function forward(
  request: Request,
  to: {
    readonly gateway: Gateway;
    readonly owner: GatewayService;
    readonly correlationId: string;
  },
): Promise<Response> {
  const { gateway, owner, correlationId } = to;
  const env = { correlationId, actor: 'anonymous' };
  try {
    const response = await gateway.guard(() => owner.fetch(request, env));
    return response ?? toResponse(tooBusy(), marksOf(request, correlationId));
  } catch (error) {
    gateway.parts.log.error('a service failed', { service: owner.name, correlationId, error });
    return toResponse(internalProblem(), marksOf(request, correlationId));
  }
}

async function ownAnswer(
  request: Request,
  at: { readonly gateway: Gateway; readonly pathname: string },
): Promise<Answer> {
  const answers: Record<string, () => Answer | Promise<Answer>> = {
    '/healthz': () => ({ status: 200, body: { status: 'alive' } }),
    '/readyz': () => readiness(at.gateway.parts),
    '/api/openapi.json': () => ({ status: 200, body: at.gateway.document }),
  };
  const answer = Object.hasOwn(answers, at.pathname) ? answers[at.pathname] : undefined;
  if (answer === undefined) return notFound('resource');
  return isRead(request) ? answer() : methodNotAllowed();
}

/** A page of another site that makes a browser send a command, with whatever the browser is let in by. Only browsers say so. */
function isForeign(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  return !isRead(request) && (site === 'cross-site' || site === 'same-site');
}

function crossSite(): Answer {
  return problem({
    status: 403,
    type: 'cross-site',
    title: 'Commands are not taken from pages of other sites',
  });
}

function isRead(request: Request): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

function methodNotAllowed(): Answer {
  return problem({
    status: 405,
    type: 'method-not-allowed',
    title: 'This resource does not have that method',
    headers: { allow: 'GET, HEAD' },
  });
}

function tooBusy(): Answer {
  return problem({
    status: 503,
    type: 'too-busy',
    title: 'Too many requests are running; nothing was done',
    headers: { 'retry-after': '1' },
  });
}
