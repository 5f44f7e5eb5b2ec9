import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Logger } from '@tidemark/core';
import type { Routes } from '@tidemark/http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createGateway, type GatewayEnv, type GatewayParts, type GatewayService } from './index.ts';

const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => quiet,
};

function routesOf(...paths: readonly `/${string}`[]): Routes {
  return Object.fromEntries(
    paths.map((path) => [
      `get${path.replaceAll(/\W/g, '_')}`,
      {
        method: 'GET',
        path,
        summary: 'Read',
        right: 'things:read',
        answers: { 200: { description: 'It', body: z.strictObject({ id: z.string() }) } },
      } as const,
    ]),
  );
}

/** A service that answers with its name and keeps what it was given. */
function service(name: string, ...paths: readonly `/${string}`[]) {
  const given: { readonly request: Request; readonly env: GatewayEnv | undefined }[] = [];
  const fetch: GatewayService['fetch'] = async (request, env) => {
    given.push({ request, env });
    return new Response(name);
  };
  return { name, routes: routesOf(...paths), fetch, given };
}

function gatewayOf(services: readonly GatewayService[], parts: Partial<GatewayParts> = {}) {
  return createGateway({
    services,
    log: quiet,
    ready: async () => true,
    version: '1.2.3',
    ...parts,
  });
}

function get(path: string, headers: Record<string, string> = {}): Request {
  return new Request(`http://test.internal${path}`, { headers });
}

describe('routing', () => {
  test('the first segment decides; one service may own several', async () => {
    const things = service('things', '/things', '/things/{id}');
    const records = service('records', '/records', '/live');
    const fetch = gatewayOf([things, records]);
    const texts = [];
    for (const path of ['/api/things', '/api/things/7?x=1', '/api/records', '/api/live']) {
      texts.push(await (await fetch(get(path))).text());
    }
    expect(texts).toEqual(['things', 'things', 'records', 'records']);
  });

  test('operators are let in under /operations/ alone, also when there is no room for others', async () => {
    const asked: string[] = [];
    const operations = async ({ url }: Request) => {
      asked.push(new URL(url).pathname);
      return new Response('for operators');
    };
    const fetch = gatewayOf([service('things', '/things')], { operations, maxRequests: 0 });
    expect((await fetch(get('/api/things'))).status).toBe(503);
    expect(await (await fetch(get('/operations/services'))).text()).toBe('for operators');
    for (const path of ['/operations', '/operationsx', '/api/operations/services']) {
      expect((await fetch(get(path))).status, path).toBe(404);
    }
    expect((await gatewayOf([])(get('/operations/services'))).status).toBe(404);
    expect(asked).toEqual(['/operations/services']);
  });

  test('a service gets the same request, a correlation id and the actor', async () => {
    const things = service('things', '/things');
    const fetch = gatewayOf([things]);
    const request = get('/api/things', { 'correlation-id': 'abcdef-123456' });
    await fetch(request);
    await fetch(get('/api/things', { 'correlation-id': 'a person' }));
    expect(things.given[0]?.request).toBe(request);
    expect(things.given[0]?.env).toEqual({ correlationId: 'abcdef-123456', actor: 'anonymous' });
    expect(things.given[1]?.env?.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    '/rpc',
    '/metrics',
    '/openapi.json',
    '/api',
    '/api/',
    '/api/nothing',
    '/api/rpc',
    '/api/metrics',
    '/api/healthz',
    '/api/../rpc',
    '/api/constructor',
    '/things',
    '/%zz',
  ])('%s leads to no service: 404', async (path) => {
    const things = service('things', '/things');
    const response = await gatewayOf([things])(get(path, { accept: 'text/html' }));
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ type: '/problems/not-found' });
    expect(things.given).toEqual([]);
  });

  test.each(['cross-site', 'same-site'])(
    'a command that a page of another site makes a browser send reaches nobody: %s',
    async (site) => {
      const things = service('things', '/things');
      const operations = service('operations', '/').fetch;
      const fetch = gatewayOf([things], { operations });
      const send = (path: string, method: string, from: string) =>
        fetch(
          new Request(`http://test.internal${path}`, {
            method,
            headers: { 'sec-fetch-site': from },
          }),
        );
      const refused = await send('/api/things', 'POST', site);
      expect([refused.status, refused.headers.has('command-id')]).toEqual([403, true]);
      expect(await refused.json()).toMatchObject({ type: '/problems/cross-site' });
      expect((await send('/operations/erasures', 'POST', site)).status).toBe(403);
      expect(things.given).toEqual([]);
      expect((await send('/api/things', 'GET', site)).status).toBe(200);
      expect((await send('/api/things', 'POST', 'same-origin')).status).toBe(200);
    },
  );

  test('two services cannot own one segment', () => {
    const services = [service('things', '/things'), service('copies', '/things/{id}')];
    expect(() => gatewayOf(services)).toThrow(/\/api\/things is not free for copies/);
  });

  test('a service that throws is a 500 without details', async () => {
    const broken = { ...service('things', '/things') };
    const fetch = gatewayOf([{ ...broken, fetch: () => Promise.reject(new Error('row 7')) }]);
    const response = await fetch(get('/api/things'));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('row 7');
  });
});

describe('what the gateway answers itself', () => {
  test('names a command, also one that reached no service', async () => {
    const broken = { ...service('things', '/things'), fetch: () => Promise.reject(new Error()) };
    const never = new Promise<Response>(() => undefined);
    const stuck = { ...service('records', '/records'), fetch: () => never };
    const fetch = gatewayOf([broken, stuck], { maxRequests: 1 });
    const send = (path: string, method: string) =>
      fetch(new Request(`http://test.internal${path}`, { method }));
    const told = async (...[path, method]: [string, string]) => {
      const { status, headers } = await send(path, method);
      return [status, /^[0-9a-f-]{36}$/.test(headers.get('command-id') ?? '')];
    };
    expect(await told('/api/nothing', 'POST')).toEqual([404, true]);
    expect(await told('/readyz', 'DELETE')).toEqual([405, true]);
    expect(await told('/api/things', 'PATCH')).toEqual([500, true]);
    void send('/api/records', 'POST');
    expect(await told('/api/records', 'POST')).toEqual([503, true]);
    expect(await told('/api/records', 'GET')).toEqual([503, false]);
  });

  test('one document describes all services', async () => {
    const fetch = gatewayOf([service('things', '/things'), service('records', '/records')]);
    const response = await fetch(get('/api/openapi.json'));
    const document = (await response.json()) as { paths: object; info: object };
    expect(Object.keys(document.paths)).toEqual(['/things', '/records']);
    expect(document.info).toMatchObject({ version: '1.2.3' });
    const posted = await fetch(
      new Request('http://test.internal/api/openapi.json', { method: 'POST' }),
    );
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('it is alive at once, and ready when it and every service are', async () => {
    let own: true | string = 'it is starting';
    let recordsStatus = 503;
    const records = {
      ...service('records', '/records'),
      fetch: async () => new Response(null, { status: recordsStatus }),
    };
    const fetch = gatewayOf([service('things', '/things'), records], { ready: async () => own });
    expect((await fetch(get('/healthz'))).status).toBe(200);
    const waiting = await fetch(get('/readyz'));
    expect(waiting.status).toBe(503);
    expect(await waiting.json()).toMatchObject({
      detail: 'it is starting',
      waitingFor: ['records'],
    });
    recordsStatus = 200;
    expect((await fetch(get('/readyz'))).status).toBe(503);
    own = true;
    expect((await fetch(get('/readyz'))).status).toBe(200);
  });
});

describe('limits', () => {
  test('above its limit a request is refused with 503 and Retry-After, and nothing is done', async () => {
    const finish: (() => void)[] = [];
    const slow: GatewayService = {
      ...service('things', '/things'),
      fetch: () => new Promise((resolve) => finish.push(() => resolve(new Response('done')))),
    };
    const fetch = gatewayOf([slow], { maxRequests: 2 });
    const running = [fetch(get('/api/things')), fetch(get('/api/things'))];
    const refused = await fetch(get('/api/things'));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ type: '/problems/too-busy' });
    expect(finish).toHaveLength(2);
    expect((await fetch(get('/healthz'))).status).toBe(200);
    for (const end of finish) end();
    await Promise.all(running);
    const next = fetch(get('/api/things'));
    finish.at(-1)?.();
    expect((await next).status).toBe(200);
  });

  test('live streams have a limit of their own and give their place back when they end', async () => {
    const cancelled: number[] = [];
    const ends: (() => void)[] = [];
    let opened = 0;
    const live: GatewayService = {
      ...service('live', '/live', '/things'),
      fetch: async (request) => {
        if (request.url.endsWith('/things')) return new Response('things');
        opened += 1;
        const number = opened;
        const body = new ReadableStream({
          start: (controller) => void ends.push(() => controller.close()),
          cancel: () => void cancelled.push(number),
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      },
    };
    const fetch = gatewayOf([live], { maxRequests: 1, maxStreams: 2 });
    const first = await fetch(get('/api/live'));
    const second = await fetch(get('/api/live'));
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.headers.get('content-type')).toBe('text/event-stream');
    expect((await fetch(get('/api/live'))).status).toBe(503);
    expect(cancelled).toEqual([3]);
    expect((await fetch(get('/api/things'))).status).toBe(200);
    await first.body?.cancel();
    expect(cancelled).toEqual([3, 1]);
    expect((await fetch(get('/api/live'))).status).toBe(200);
    expect((await fetch(get('/api/live'))).status).toBe(503);
    ends[1]?.();
    expect(await second.text()).toBe('');
    expect((await fetch(get('/api/live'))).status).toBe(200);
  });

  test('a client that leaves while it waits for an event gives back one place, not two', async () => {
    const live = service('live', '/live');
    live.fetch = async () =>
      new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } });
    const fetch = gatewayOf([live], { maxStreams: 1 });
    const reader = (await fetch(get('/api/live'))).body?.getReader();
    const waiting = reader?.read();
    await reader?.cancel();
    expect((await waiting)?.done).toBe(true);
    await new Promise(setImmediate);
    expect((await fetch(get('/api/live'))).status).toBe(200);
    expect((await fetch(get('/api/live'))).status).toBe(503);
  });
});

describe('the console', () => {
  let folder = '';
  let fetch: (request: Request) => Promise<Response>;
  const page = { accept: 'text/html,*/*;q=0.8' };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-console-'));
    await mkdir(join(folder, 'dist/assets'), { recursive: true });
    await writeFile(join(folder, 'dist/index.html'), '<!doctype html><p>console</p>');
    await writeFile(join(folder, 'dist/assets/main-BkQ1aZ9_.js'), 'console.log(1);'.repeat(100));
    await writeFile(join(folder, 'dist/favicon.svg'), '<svg/>');
    await writeFile(join(folder, 'secret.txt'), 'secret');
    fetch = gatewayOf([service('things', '/things')], { consoleDir: join(folder, 'dist') });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('its page is served at the root and at every page address, never cached', async () => {
    for (const path of ['/', '/things/7', '/deep/er?x=1']) {
      const response = await fetch(get(path, page));
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-cache']);
      expect(await response.text()).toContain('console');
    }
  });

  test('files with a hash in their name are cached for good, others are asked for again', async () => {
    const script = await fetch(get('/assets/main-BkQ1aZ9_.js'));
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const icon = await fetch(get('/favicon.svg'));
    expect(icon.headers.get('cache-control')).toBe('no-cache');
    const etag = icon.headers.get('etag') ?? '';
    expect((await fetch(get('/favicon.svg', { 'if-none-match': etag }))).status).toBe(304);
  });

  test('a file that is not there is not a page', async () => {
    expect((await fetch(get('/assets/old-12345678.js', page))).status).toBe(404);
    expect((await fetch(get('/things/7', { accept: 'application/json' }))).status).toBe(404);
    const posted = new Request('http://test.internal/', { method: 'POST', headers: page });
    expect((await fetch(posted)).status).toBe(404);
  });

  test.each(['/api/nothing', '/api', '/rpc', '/metrics', '/rpc/x'])(
    '%s is never a page of the console',
    async (path) => {
      expect((await fetch(get(path, page))).status).toBe(404);
    },
  );

  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..\\..\\..\\secret.txt',
    '//secret.txt',
    '/assets/../../secret.txt',
  ])('%s does not lead out of the folder', async (path) => {
    expect(await (await fetch(get(path))).text()).not.toBe('secret');
  });

  test('pages carry the headers that keep others out', async () => {
    const { headers } = await fetch(get('/', page));
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'self';.*frame-ancestors 'none'/,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('text is compressed for who accepts it; HEAD has the same headers and no body', async () => {
    const gzip = { 'accept-encoding': 'br, gzip' };
    const small = await fetch(get('/assets/main-BkQ1aZ9_.js', gzip));
    expect(small.headers.get('content-encoding')).toBe('gzip');
    const bytes = Buffer.from(await small.arrayBuffer());
    expect(gunzipSync(bytes).toString()).toBe('console.log(1);'.repeat(100));
    const plain = await fetch(get('/assets/main-BkQ1aZ9_.js', { 'accept-encoding': 'gzip;q=0' }));
    expect(plain.headers.has('content-encoding')).toBe(false);
    const asked = new Request('http://test.internal/assets/main-BkQ1aZ9_.js', {
      method: 'HEAD',
      headers: gzip,
    });
    const head = await fetch(asked);
    expect(head.headers.get('content-length')).toBe(String(bytes.byteLength));
    expect(await head.text()).toBe('');
  });
});
