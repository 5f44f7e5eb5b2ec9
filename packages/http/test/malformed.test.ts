import { request as nodeRequest } from 'node:http';
import { expect, test } from 'vitest';
import { serve } from '../src/index.ts';
import type { MalformedRequest } from './malformed-request.ts';
import { malformedRequests } from './malformed-requests.ts';
import { smallService } from './small-service.ts';

interface Told {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

test('the table holds at least 200 requests, each under a name of its own', () => {
  const names = malformedRequests().map(({ name }) => name);
  expect(names.length).toBeGreaterThanOrEqual(200);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('every malformed request gets a 4xx problem document and reaches no handler', async () => {
  const service = smallService();
  for (const malformed of malformedRequests()) {
    expectProblem(malformed, await sendInProcess(malformed, service.fetch));
    expect(service.calls, malformed.name).toEqual([]);
  }
  expect(service.logged).toEqual([]);
});

test('every malformed request gets the same over a socket', async () => {
  const service = smallService();
  const server = await serve(service.fetch, { host: '127.0.0.1', port: 0 });
  try {
    for (const malformed of malformedRequests()) {
      expectProblem(malformed, await sendOverSocket(malformed, server.port));
    }
  } finally {
    await server.close(1_000);
  }
  expect(service.calls).toEqual([]);
});

test('the valid twins of the malformed requests do reach their handlers', async () => {
  const service = smallService();
  const json = { 'content-type': 'application/json' };
  const flight = { flightNumber: 'TM 1', origin: 'Oslo', destination: 'Rome' };
  const sent = [
    await service.send('POST', '/api/flights', { headers: json, body: JSON.stringify(flight) }),
    await service.send('PATCH', '/api/flights/f-1', { headers: json, body: '{"origin":"Bergen"}' }),
    await service.send('POST', '/api/flights/f-1/depart', { headers: { 'if-match': '"3"' } }),
    await service.send('GET', '/api/flights?limit=200&cursor=abc'),
    await service.send('DELETE', '/api/passengers/p-1'),
  ];
  expect(sent.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
  expect(service.calls).toEqual([
    'createFlight',
    'changeFlight',
    'departFlight',
    'listFlights',
    'removePassenger',
  ]);
});

function expectProblem(malformed: MalformedRequest, told: Told): void {
  const shown = `${malformed.name}: ${told.status} ${told.text.slice(0, 300)}`;
  expect(told.status, shown).toBeGreaterThanOrEqual(400);
  expect(told.status, shown).toBeLessThan(500);
  expect(told.type, shown).toBe('application/problem+json');
  const body = JSON.parse(told.text) as Record<string, unknown>;
  expect(body, shown).toMatchObject({
    type: expect.stringMatching(/^\/problems\/[a-z-]+$/),
    title: expect.any(String),
    status: told.status,
    correlationId: expect.any(String),
  });
}

async function sendInProcess(
  { method, path, headers, body }: MalformedRequest,
  fetch: (request: Request) => Promise<Response>,
): Promise<Told> {
  // The web's `Request` allows no body on a GET; its headers still announce one.
  const bytes = method === 'GET' || body === undefined ? {} : { body: Buffer.from(body) };
  const request = new Request(`http://test.internal${path}`, { method, headers, ...bytes });
  const response = await fetch(request);
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text: await response.text() };
}

function sendOverSocket(malformed: MalformedRequest, port: number): Promise<Told> {
  const { method, path, headers, body } = malformed;
  return new Promise((resolve, reject) => {
    const outgoing = nodeRequest({ host: '127.0.0.1', port, method, path, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => {
        const type = incoming.headers['content-type'] ?? '';
        resolve({ status: incoming.statusCode ?? 0, type, text });
      });
    });
    outgoing.on('error', (error) => reject(new Error(malformed.name, { cause: error })));
    outgoing.end(body);
  });
}
