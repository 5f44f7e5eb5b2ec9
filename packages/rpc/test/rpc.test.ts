import { Fault } from '@tidemark/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  createRpcClient,
  createRpcServer,
  type RpcCallContext,
  type RpcContract,
  type RpcHandlers,
} from '../src/index.ts';

const seats = {
  service: 'seats',
  methods: {
    take: {
      summary: 'Take a seat',
      params: z.strictObject({ seat: z.string().regex(/^\d+[A-F]$/), note: z.string().optional() }),
      result: z.strictObject({ taken: z.boolean() }),
    },
  },
} as const satisfies RpcContract;

type Handlers = RpcHandlers<typeof seats>;
type Serve = (request: Request) => Promise<Response>;

const TOKEN = 'a-service-token';
const context: RpcCallContext = {
  commandId: 'm-1',
  cause: {
    correlationId: 'c-1',
    causationId: 'e-9',
    actor: 'user-7',
    trace: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  },
  deadlineMs: 2_000,
};

const taken: Handlers['take'] = async () => ({ taken: true });

function serverOf(take: Handlers['take'] = taken): Serve {
  return createRpcServer(seats, { handlers: { take }, token: TOKEN });
}

function clientOf(fetch: Serve, token = TOKEN) {
  return createRpcClient(seats, { fetch, token });
}

/** A call as bytes, with what a test changes. */
function rawCall(parts: {
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
}): Request {
  const { body = '{"jsonrpc":"2.0","id":1,"method":"seats.take","params":{"seat":"1A"}}' } = parts;
  const { method = 'POST' } = parts;
  return new Request('http://seats.internal/rpc', {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${TOKEN}`,
      'command-id': 'm-1',
      'correlation-id': 'c-1',
      'causation-id': 'e-9',
      actor: 'user-7',
      'request-timeout-ms': '1000',
      ...parts.headers,
    },
    ...(method === 'GET' ? {} : { body }),
  });
}

describe('a call', () => {
  test('reaches its method with params, command id, cause and deadline, and brings the result back', async () => {
    const seen: unknown[] = [];
    const requests: Request[] = [];
    const serve = serverOf(async (params, given) => {
      seen.push(params, given);
      return { taken: true };
    });
    const client = clientOf((request) => {
      requests.push(request);
      return serve(request);
    });
    expect(await client.take({ seat: '12C' }, context)).toEqual({ taken: true });
    expect(seen).toEqual([{ seat: '12C' }, context]);
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST http://seats.internal/rpc',
    ]);
  });

  test('with params that do not fit is refused before it is sent', async () => {
    let sent = 0;
    const client = clientOf(async () => {
      sent += 1;
      return new Response();
    });
    await expect(client.take({ seat: 'window' }, context)).rejects.toMatchObject({
      code: 'NEIGHBOUR_REFUSED',
      message: expect.stringContaining('seat'),
    });
    const note = 'x'.repeat(70_000);
    await expect(client.take({ seat: '1A', note }, context)).rejects.toMatchObject({
      code: 'NEIGHBOUR_REFUSED',
    });
    expect(sent).toBe(0);
  });

  test('to a server that never answers ends at its deadline, and the request is aborted', async () => {
    let signal: AbortSignal | undefined;
    const client = clientOf((request) => {
      signal = request.signal;
      return new Promise(() => undefined);
    });
    await expect(client.take({ seat: '1A' }, { ...context, deadlineMs: 20 })).rejects.toMatchObject(
      { code: 'NEIGHBOUR_UNAVAILABLE', message: expect.stringContaining('20 ms') },
    );
    expect(signal?.aborted).toBe(true);
  });

  test('whose answer stops half way ends at its deadline too', async () => {
    const half = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"jsonrpc":')),
    });
    const client = clientOf(async () => new Response(half));
    await expect(client.take({ seat: '1A' }, { ...context, deadlineMs: 20 })).rejects.toMatchObject(
      { code: 'NEIGHBOUR_UNAVAILABLE' },
    );
  });

  test.each([
    ['a connection that fails', () => Promise.reject(new TypeError('fetch failed'))],
    ['a 503', async () => new Response('{}', { status: 503 })],
    ['a 500', async () => new Response('{}', { status: 500 })],
  ])('that meets %s may be repeated: NEIGHBOUR_UNAVAILABLE', async (_what, fetch) => {
    await expect(clientOf(fetch).take({ seat: '1A' }, context)).rejects.toMatchObject({
      code: 'NEIGHBOUR_UNAVAILABLE',
    });
  });

  test.each([
    ['a 404', async () => new Response('{}', { status: 404 })],
    ['an answer that is not JSON', async () => new Response('<html>')],
    ['an answer that is null', async () => new Response('null')],
    ['an answer that is not JSON-RPC', async () => Response.json({ taken: true })],
    [
      'a result that does not fit',
      async () => Response.json({ jsonrpc: '2.0', id: 1, result: { taken: 'yes' } }),
    ],
    ['an answer without end', async () => new Response('x'.repeat(1_100_000))],
  ])('that meets %s is refused: NEIGHBOUR_REFUSED', async (_what, fetch) => {
    await expect(clientOf(fetch).take({ seat: '1A' }, context)).rejects.toMatchObject({
      code: 'NEIGHBOUR_REFUSED',
    });
  });

  test('with a wrong token, or to a method that is not there, is refused', async () => {
    const wrong = clientOf(serverOf(), 'another-token');
    await expect(wrong.take({ seat: '1A' }, context)).rejects.toMatchObject({
      code: 'NEIGHBOUR_REFUSED',
      message: expect.stringContaining('401'),
    });
    const older = { ...seats, methods: { leave: seats.methods.take } };
    const client = createRpcClient(older, { fetch: serverOf(), token: TOKEN });
    await expect(client.leave({ seat: '1A' }, context)).rejects.toMatchObject({
      code: 'NEIGHBOUR_REFUSED',
    });
  });

  test.each([
    ['STORE_UNAVAILABLE', 'NEIGHBOUR_UNAVAILABLE'],
    ['OUTCOME_UNKNOWN', 'NEIGHBOUR_UNAVAILABLE'],
    ['LOG_CORRUPT', 'NEIGHBOUR_REFUSED'],
  ] as const)('whose handler meets %s fails with %s', async (inside, outside) => {
    const client = clientOf(
      serverOf(async () => {
        throw new Fault(inside, 'seats.db row 7');
      }),
    );
    const error = await client.take({ seat: '1A' }, context).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: outside, message: expect.stringContaining(inside) });
    expect(String(error)).not.toContain('row 7');
  });

  test('whose handler has a defect may be repeated, and tells nothing of it', async () => {
    const failing = serverOf(async () => {
      throw new TypeError('secret detail');
    });
    const error = await clientOf(failing)
      .take({ seat: '1A' }, context)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'NEIGHBOUR_UNAVAILABLE' });
    expect(String(error)).not.toContain('secret');
  });

  test('whose handler answers something else than its contract is refused', async () => {
    const odd = serverOf(async () => ({ taken: 'yes' }) as never);
    await expect(clientOf(odd).take({ seat: '1A' }, context)).rejects.toMatchObject({
      code: 'NEIGHBOUR_REFUSED',
    });
  });
});

describe('a server', () => {
  function counting() {
    let calls = 0;
    const serve = serverOf(async () => {
      calls += 1;
      return { taken: true };
    });
    return { serve, calls: () => calls };
  }

  test.each([
    ['no token', { headers: { authorization: '' } }, 401],
    ['half a token', { headers: { authorization: `Bearer ${TOKEN.slice(0, 5)}` } }, 401],
    ['a longer token', { headers: { authorization: `Bearer ${TOKEN}x` } }, 401],
    ['another scheme', { headers: { authorization: `Basic ${TOKEN}` } }, 401],
    ['a GET', { method: 'GET' }, 405],
    ['plain text', { headers: { 'content-type': 'text/plain' } }, 415],
    ['no command id', { headers: { 'command-id': '' } }, 400],
    ['an actor with spaces', { headers: { actor: 'Ada L' } }, 400],
    ['no deadline', { headers: { 'request-timeout-ms': '' } }, 400],
    ['broken JSON', { body: '{' }, 400],
    ['a batch', { body: '[{"jsonrpc":"2.0","id":1,"method":"seats.take","params":{}}]' }, 400],
    ['a notification', { body: '{"jsonrpc":"2.0","method":"seats.take","params":{}}' }, 400],
    [
      'another version',
      { body: '{"jsonrpc":"1.0","id":1,"method":"seats.take","params":{}}' },
      400,
    ],
    [
      'a deep body',
      {
        body: `{"jsonrpc":"2.0","id":1,"method":"seats.take","params":{"a":${'['.repeat(50)}${']'.repeat(50)}}}`,
      },
      400,
    ],
    ['a large body', { body: ' '.repeat(66_000) }, 413],
  ])('refuses %s', async (_what, parts, status) => {
    const { serve, calls } = counting();
    const response = await serve(rawCall(parts));
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(calls()).toBe(0);
  });

  test('answers JSON-RPC errors for params and methods that do not fit', async () => {
    const { serve, calls } = counting();
    const call = (method: string, seat: unknown) =>
      JSON.stringify({ jsonrpc: '2.0', id: 5, method, params: { seat } });
    const answers = [
      await (await serve(rawCall({ body: call('seats.take', 7) }))).json(),
      await (await serve(rawCall({ body: call('seats.leave', '1A') }))).json(),
      await (await serve(rawCall({ body: call('take', '1A') }))).json(),
      await (await serve(rawCall({ body: call('constructor', '1A') }))).json(),
    ];
    expect(answers).toMatchObject([
      { id: 5, error: { code: -32_602 } },
      { id: 5, error: { code: -32_601 } },
      { id: 5, error: { code: -32_601 } },
      { id: 5, error: { code: -32_601 } },
    ]);
    expect(calls()).toBe(0);
  });

  test('answers a call as bytes', async () => {
    const response = await serverOf()(rawCall({}));
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: { taken: true } });
  });
});
