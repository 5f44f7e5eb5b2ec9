import { malformedBodies } from './malformed-bodies.ts';
import { FLIGHT, JSON_TYPE, type MalformedRequest, withBody } from './malformed-request.ts';

/**
 * A table of several hundred malformed requests, by family. Methods are such that Node's parser lets
 * through; `content-length` is given with every body, so that each can be sent as bytes.
 *
 * @example
 * for (const { name, method, path, headers, body } of malformedRequests()) await send(method, path, headers, body);
 */
export function malformedRequests(): readonly MalformedRequest[] {
  return [
    ...malformedBodies(),
    ...wrongMethods(),
    ...wrongWriteHeaders(),
    ...wrongReadHeaders(),
    ...wrongQueries(),
    ...wrongPaths(),
  ];
}

function wrongMethods(): MalformedRequest[] {
  const wrong: Readonly<Record<string, readonly string[]>> = {
    '/api/flights': ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    '/api/flights/f-1': ['POST', 'PUT', 'OPTIONS'],
    '/api/flights/f-1/depart': ['GET', 'PUT', 'PATCH', 'DELETE'],
    '/api/flights/f-1/land': ['GET', 'DELETE'],
    '/api/flights/f-1/history': ['POST', 'PUT', 'DELETE'],
    '/api/passengers': ['PUT', 'PATCH', 'DELETE'],
    '/api/passengers/p-1': ['POST', 'PUT'],
    '/api/passengers/p-1/board': ['GET', 'PUT', 'DELETE'],
    '/api/passengers/p-1/history': ['POST', 'DELETE'],
  };
  return Object.entries(wrong).flatMap(([path, methods]) =>
    methods.map((method) => ({ name: `${method} ${path}`, method, path, headers: {} })),
  );
}

function wrongWriteHeaders(): MalformedRequest[] {
  const wrong: readonly (readonly [string, string])[] = [
    ['idempotency-key', ''],
    ['idempotency-key', 'two words'],
    ['idempotency-key', 'clé'],
    ['idempotency-key', 'k'.repeat(201)],
    ['if-match', '3'],
    ['if-match', '""'],
    ['if-match', '"x"'],
    ['if-match', '"-1"'],
    ['if-match', '"1.x"'],
    ['if-match', '"1.0"'],
    ['if-match', '"1.2.3"'],
    ['if-match', '"01"'],
    ['if-match', 'W/"1"'],
    ['if-match', '"1", "2"'],
    ['if-match', '"9999999999999999999"'],
    ['if-none-match', '"1"'],
    ['if-none-match', 'none'],
    ['request-timeout-ms', '0'],
    ['request-timeout-ms', 'soon'],
  ];
  const routes = [
    { method: 'POST', path: '/api/flights', body: JSON.stringify(FLIGHT) },
    { method: 'POST', path: '/api/passengers/p-1/board' },
  ];
  return routes.flatMap((route) =>
    wrong.map(([header, value]) =>
      withBody(
        { name: `${route.method} ${route.path}: ${header}: ${value.slice(0, 20)}`, ...route },
        { ...(route.body === undefined ? {} : JSON_TYPE), [header]: value },
      ),
    ),
  );
}

function wrongReadHeaders(): MalformedRequest[] {
  const wrong: readonly (readonly [string, string])[] = [
    ['consistency-token', ''],
    ['consistency-token', 'flights'],
    ['consistency-token', '@1'],
    ['consistency-token', 'flights@-1'],
    ['consistency-token', 'flights@1.5'],
    ['consistency-token', 'flights@99999999999999999999'],
    ['consistency-token', 'flights@9999999999999999999'],
    ['consistency-token', 'flights@1;passengers@2'],
    ['consistency-token', Array.from({ length: 30 }, (_, i) => `s${i}@1`).join(',')],
    ['last-event-id', 'two words'],
    ['last-event-id', '1'.repeat(201)],
    ['request-timeout-ms', '-5'],
    ['request-timeout-ms', '1e3'],
  ];
  return ['/api/flights', '/api/passengers/p-1'].flatMap((path) =>
    wrong.map(([header, value]) => ({
      name: `GET ${path}: ${header}: ${value.slice(0, 30)}`,
      method: 'GET',
      path,
      headers: { [header]: value },
    })),
  );
}

function wrongQueries(): MalformedRequest[] {
  const paging = [
    'limit=0',
    'limit=-1',
    'limit=201',
    'limit=1.5',
    'limit=many',
    'limit=',
    'limit=1&limit=2',
    'limit=1e999',
    'cursor=',
    `cursor=${'c'.repeat(1_001)}`,
    'cursor=a&cursor=b',
    'cursor=%00',
    'cursor=%ff',
    'cursor=%zz',
    'cursor=%',
    'unknown=1',
    'Limit=1',
    'limit[]=1',
    '__proto__=1',
    'constructor=1',
    '=1',
  ];
  const wrong: Readonly<Record<string, readonly string[]>> = {
    '/api/flights': [...paging, 'status=', 'status=lost', 'status=departed&status=arrived'],
    '/api/passengers': [...paging, 'flightId=', 'flightId=a%20b', `flightId=${'f'.repeat(65)}`],
    '/api/flights/f-1/history': paging,
    '/api/passengers/p-1/history': ['limit=0', 'unknown=1', 'cursor=%ff'],
    '/api/flights/f-1': ['limit=1', 'x', '__proto__=1'],
    '/api/passengers/p-1': ['flightId=f-1', 'toString=1'],
  };
  return Object.entries(wrong).flatMap(([path, queries]) =>
    queries.map((query) => ({
      name: `GET ${path}?${query.slice(0, 40)}`,
      method: 'GET',
      path: `${path}?${query}`,
      headers: {},
    })),
  );
}

function wrongPaths(): MalformedRequest[] {
  const ids = [
    '%zz',
    '%',
    '%ff',
    '%c3%28',
    '%00',
    'a%2Fb',
    '..%2f..%2frpc',
    'a%20b',
    'a.b',
    '-a',
    '%7Bid%7D',
    'f'.repeat(65),
    'fl%C3%BCg',
  ];
  const routes: readonly (readonly [string, string])[] = [
    ['GET', '/api/flights/{id}'],
    ['GET', '/api/passengers/{id}/history'],
    ['DELETE', '/api/passengers/{id}'],
    ['POST', '/api/flights/{id}/depart'],
  ];
  const unknown = [
    '/api',
    '/api/',
    '/api/nothing',
    '/api/flights/',
    '/api//flights',
    '/api/Flights',
    '/api/flights/f-1/unknown',
    '/api/flights/f-1/depart/now',
    '/api/passengers/p-1/',
    '/rpc/flights.admit',
  ];
  return [
    ...routes.flatMap(([method, template]) =>
      ids.map((id) => {
        const path = template.replace('{id}', id);
        return { name: `${method} ${path}`, method, path, headers: {} };
      }),
    ),
    ...unknown.map((path) => ({ name: `GET ${path}`, method: 'GET', path, headers: {} })),
  ];
}
