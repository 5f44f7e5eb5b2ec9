import { Fault } from '@tidemark/core';
import { createFakeClock } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import type { HttpContext } from '../src/index.ts';
import { smallService } from './small-service.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const FLIGHT = '{"flightNumber":"TM 1","origin":"Oslo","destination":"Rome"}';

async function statusAndType(response: Response) {
  const body = (await response.json()) as { type: string };
  return [response.status, body.type];
}

/** A service whose createFlight and getFlight keep the context that they were given. */
function observed() {
  const contexts: HttpContext[] = [];
  const keep = async ({ context }: { readonly context: HttpContext }) => {
    contexts.push(context);
    return { status: 204 };
  };
  return { contexts, ...smallService({ createFlight: keep, getFlight: keep, departFlight: keep }) };
}

describe('routes', () => {
  test('an unknown path is 404, a wrong method 405 with the methods there are', async () => {
    const { send } = smallService();
    expect(await statusAndType(await send('GET', '/api/nothing'))).toEqual([
      404,
      '/problems/not-found',
    ]);
    const wrong = await send('PUT', '/api/flights/f-1');
    expect(await statusAndType(wrong)).toEqual([405, '/problems/method-not-allowed']);
    expect(wrong.headers.get('allow')).toBe('GET, PATCH, DELETE, HEAD');
  });

  test('HEAD answers as GET does, without a body', async () => {
    const { send } = smallService({
      getFlight: async () => ({ status: 200, body: { id: 'f-1' }, headers: { etag: '"3"' } }),
    });
    const head = await send('HEAD', '/api/flights/f-1');
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, '"3"', '']);
    expect(head.headers.get('content-type')).toBe('application/json');
  });

  test('a handler gets its parts validated, trimmed and with defaults', async () => {
    const seen: unknown[] = [];
    const { send } = smallService({
      listFlights: async ({ query, body, params }) => {
        seen.push(query, body, params);
        return { status: 204 };
      },
      createFlight: async ({ body }) => {
        seen.push(body);
        return { status: 204 };
      },
    });
    await send('GET', '/api/flights?status=departed');
    const padded = FLIGHT.replace('Oslo', '  Oslo ');
    await send('POST', '/api/flights', { headers: JSON_TYPE, body: padded });
    expect(seen).toEqual([
      { limit: 50, status: 'departed' },
      undefined,
      undefined,
      { flightNumber: 'TM 1', origin: 'Oslo', destination: 'Rome' },
    ]);
  });

  test('everything wrong with a request is told at once, without repeating values', async () => {
    const { send } = smallService();
    const response = await send('PATCH', '/api/flights/a%20b?x=1', {
      headers: { ...JSON_TYPE, 'if-match': 'hush' },
      body: '{"origin":7,"hidden":"hush"}',
    });
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      type: '/problems/invalid-request',
      errors: [
        { in: 'header', path: 'If-Match' },
        { in: 'path', path: 'id' },
        { in: 'query', path: 'x' },
        { in: 'body', path: 'origin' },
        { in: 'body', path: 'hidden' },
      ],
    });
    expect(text).not.toContain('hush');
  });

  test.each([
    ['text/plain', FLIGHT, 415],
    ['application/json', `"${'x'.repeat(70_000)}"`, 413],
    ['application/json', '{', 400],
  ])('a body as %s that starts with %.10s is %i', async (type, body, status) => {
    const { send } = smallService();
    const response = await send('POST', '/api/flights', {
      headers: { 'content-type': type },
      body,
    });
    expect(response.status).toBe(status);
  });

  test('a body in chunks without a length is cut off above 64 KiB', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(16_384).fill(0x20));
        if (pulled === 100) controller.close();
      },
    });
    const { fetch, calls } = smallService();
    const init = { method: 'POST', headers: JSON_TYPE, body, duplex: 'half' as const };
    const response = await fetch(new Request('http://test.internal/api/flights', init));
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(8);
    expect(calls).toEqual([]);
  });

  test('health, readiness and the document are there', async () => {
    let state: true | string = 'stores are opening';
    const { send } = smallService({}, { ready: async () => state });
    expect((await send('GET', '/healthz')).status).toBe(200);
    const waiting = await send('GET', '/readyz');
    expect(waiting.status).toBe(503);
    expect(await waiting.json()).toMatchObject({ detail: 'stores are opening' });
    state = true;
    expect((await send('GET', '/readyz')).status).toBe(200);
    expect((await send('POST', '/readyz')).status).toBe(405);
    const document = (await (await send('GET', '/openapi.json')).json()) as { openapi: string };
    expect(document.openapi).toBe('3.1.0');
  });

  test('rpc gets the request as it is, and only as POST', async () => {
    const got: Request[] = [];
    const rpc = async (request: Request) => {
      got.push(request);
      return new Response('rpc');
    };
    const { fetch, send } = smallService({}, { rpc });
    const request = new Request('http://flights.internal/rpc', { method: 'POST', body: '{}' });
    expect(await (await fetch(request)).text()).toBe('rpc');
    expect(got).toEqual([request]);
    expect((await send('GET', '/rpc')).status).toBe(405);
    expect((await smallService().send('POST', '/rpc')).status).toBe(404);
  });
});

describe('what travels with a request', () => {
  test('the correlation id is the gateway’s, else the client’s if it looks like one, else new', async () => {
    const { fetch, send, contexts } = observed();
    const given = { headers: { 'correlation-id': '0190f5c7-aaaa-7bbb-8ccc-dddddddddddd' } };
    const answer = await send('GET', '/api/flights/f-1', given);
    expect(answer.headers.get('correlation-id')).toBe(given.headers['correlation-id']);
    const odd = await send('GET', '/api/flights/f-1', { headers: { 'correlation-id': 'Ada L.' } });
    expect(odd.headers.get('correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    const env = { correlationId: 'from-the-gateway', actor: 'user-7' };
    await fetch(new Request('http://test.internal/api/flights/f-1', given), env);
    expect(contexts.at(-1)?.cause).toMatchObject(env);
    expect(contexts[0]?.cause.actor).toBe('anonymous');
  });

  test('an Idempotency-Key names one command for the same person, route and place', async () => {
    const { fetch, contexts } = observed();
    const ask = async (path: string, options: { key?: string; body?: string; actor?: string }) => {
      const { key = 'k-1', body = FLIGHT, actor = 'user-7' } = options;
      const request = new Request(`http://test.internal/api${path}`, {
        method: 'POST',
        headers: { 'idempotency-key': key, ...(path === '/flights' ? JSON_TYPE : {}) },
        ...(path === '/flights' ? { body } : {}),
      });
      const response = await fetch(request, { correlationId: 'c-1', actor });
      return response.headers.get('command-id');
    };
    const first = await ask('/flights', {});
    expect(await ask('/flights', {})).toBe(first);
    const others = [
      await ask('/flights', { key: 'k-2' }),
      await ask('/flights', { actor: 'user-8' }),
      await ask('/flights/f-1/depart', {}),
      await ask('/flights/f-2/depart', {}),
    ];
    expect(new Set([first, ...others]).size).toBe(5);
    expect(contexts[0]?.command.commandId).toBe(first);
    const fingerprint = (index: number) => contexts[index]?.command.fingerprint;
    expect(fingerprint(0)).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint(1)).toBe(fingerprint(0));
    // Under another key, so that nobody finds out by guessing what the body was.
    expect(fingerprint(2)).not.toBe(fingerprint(0));

    const spaced = ` ${FLIGHT.replaceAll(',', ' , ')} `;
    await ask('/flights', { body: spaced });
    expect(fingerprint(contexts.length - 1)).toBe(fingerprint(0));
    expect(await ask('/flights', { body: FLIGHT.replace('Rome', 'Riga') })).toBe(first);
    expect(fingerprint(contexts.length - 1)).not.toBe(fingerprint(0));
  });

  test('without a key every command has a new id, and reads have none', async () => {
    const { send } = smallService();
    const write = () => send('DELETE', '/api/flights/f-1');
    const ids = [await write(), await write()].map(({ headers }) => headers.get('command-id'));
    expect(new Set(ids).size).toBe(2);
    expect((await send('GET', '/api/flights')).headers.has('command-id')).toBe(false);
    const refused = await send('POST', '/api/flights', { headers: JSON_TYPE, body: '{}' });
    expect(refused.headers.get('command-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('conditions and tokens are parsed for what they mean on that method', async () => {
    const { send, contexts } = observed();
    const depart = (headers: Record<string, string>) =>
      send('POST', '/api/flights/f-1/depart', { headers });
    await depart({ 'if-match': '"7"' });
    await depart({ 'if-match': '"7.1"' });
    await depart({ 'if-match': '*' });
    await depart({ 'if-none-match': '*' });
    const expected = contexts.map(({ command }) => command.expectedRevision);
    expect(expected).toEqual([7, 7, undefined, 'none']);
    await send('GET', '/api/flights/f-1', {
      headers: {
        'if-none-match': '"4", W/"5.2", "abc"',
        'consistency-token': 'flights@12, passengers@3,flights@10',
        'last-event-id': '99',
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      },
    });
    const read = contexts.at(-1);
    expect(read?.knownTags).toEqual(['"4"', '"5.2"', '"abc"']);
    expect(read?.consistency).toEqual(
      new Map([
        ['flights', 12n],
        ['passengers', 3n],
      ]),
    );
    expect(read?.lastEventId).toBe('99');
    expect(read?.cause.trace).toContain('aaaa');
  });

  test('every answer forbids sniffing and caching', async () => {
    const { send } = smallService();
    for (const path of ['/api/flights', '/api/nothing', '/healthz']) {
      const { headers } = await send('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('what goes wrong inside', () => {
  test.each([
    ['STORE_UNAVAILABLE', 503, 'store-unavailable', '1'],
    ['OUTCOME_UNKNOWN', 503, 'outcome-unknown', '1'],
    ['READ_MODEL_BEHIND', 503, 'read-model-behind', '1'],
    ['READ_MODEL_DROPPED', 503, 'read-model-dropped', null],
    ['NEIGHBOUR_UNAVAILABLE', 503, 'neighbour-unavailable', '1'],
    ['KEYS_UNAVAILABLE', 503, 'keys-unavailable', '1'],
    ['STORE_FULL', 503, 'store-full', null],
    ['CURSOR_INVALID', 400, 'cursor-invalid', null],
    ['LOG_CORRUPT', 500, 'internal', null],
  ] as const)('the fault %s is answered %i %s', async (...row) => {
    const [code, status, type, retryAfter] = row;
    const { send } = smallService({
      getFlight: async () => {
        throw new Fault(code, 'row 7 of flights.db');
      },
    });
    const response = await send('GET', '/api/flights/f-1');
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ status, type: `/problems/${type}` });
    expect(text).not.toContain('flights.db');
  });

  test('a read model that has not caught up tells how far it is', async () => {
    const { send } = smallService({
      getFlight: async () => {
        throw new Fault('READ_MODEL_BEHIND', 'not yet', { facts: { checkpoint: '41' } });
      },
    });
    const body = (await (await send('GET', '/api/flights/f-1')).json()) as object;
    expect(body).toMatchObject({ type: '/problems/read-model-behind', checkpoint: '41' });
  });

  test('an unexpected error is a 500 without details, logged once with its correlation id', async () => {
    const { send, logged } = smallService({
      getFlight: async () => {
        throw new TypeError('x is undefined');
      },
    });
    const response = await send('GET', '/api/flights/f-1');
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain('undefined');
    const correlationId = response.headers.get('correlation-id');
    expect(JSON.parse(text)).toMatchObject({ correlationId });
    expect(logged).toMatchObject([
      { level: 'error', fields: { correlationId, operation: 'getFlight' } },
    ]);
  });

  test('a body that JSON cannot hold is a 500 and not a rejected promise', async () => {
    const { send, logged } = smallService({
      getFlight: async () => ({ status: 200, body: { position: 1n } }),
    });
    expect((await send('GET', '/api/flights/f-1')).status).toBe(500);
    expect(logged).toHaveLength(1);
  });
});

describe('the deadline', () => {
  test('the signal aborts after Request-Timeout-Ms, and what the handler then says is the answer', async () => {
    const clock = createFakeClock();
    const { send } = smallService(
      {
        departFlight: ({ context }) =>
          new Promise((resolve) => {
            context.signal.addEventListener('abort', () => resolve({ status: 202 }));
          }),
      },
      { clock },
    );
    const headers = { 'request-timeout-ms': '400' };
    const answer = send('POST', '/api/flights/f-1/depart', { headers });
    await clock.advance(399);
    expect(clock.sleeping()).toBe(1);
    await clock.advance(1);
    expect((await answer).status).toBe(202);
    expect(clock.sleeping()).toBe(0);
  });

  test.each([
    ['POST', '/api/flights/f-1/depart', '/problems/outcome-unknown'],
    ['GET', '/api/flights/f-1', '/problems/deadline-exceeded'],
  ])('a handler that never ends is answered for: %s %s is %s', async (method, path, type) => {
    const clock = createFakeClock();
    const never = () => new Promise<never>(() => undefined);
    const { send } = smallService({ departFlight: never, getFlight: never }, { clock });
    const answer = send(method, path);
    await clock.advance(11_000);
    expect(await statusAndType(await answer)).toEqual([503, type]);
  });

  test('the signal aborts when the client goes', async () => {
    const client = new AbortController();
    const { send } = smallService({
      getFlight: ({ context }) =>
        new Promise((resolve) => {
          context.signal.addEventListener('abort', () => resolve({ status: 204 }));
          client.abort();
        }),
    });
    const answer = await send('GET', '/api/flights/f-1', { signal: client.signal });
    expect(answer.status).toBe(204);
  });
});
