/** A request that breaks the contract of the flights or passengers routes. Must be answered 4xx, without anything being done. */
export interface MalformedRequest {
  /** What is wrong with it. */
  readonly name: string;
  readonly method: string;
  /** As it goes over the wire: not to be normalised. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface Target {
  readonly method: string;
  readonly path: string;
  /** A body that would be accepted. */
  readonly valid: Readonly<Record<string, string>>;
  readonly required: readonly string[];
}

const JSON_TYPE = { 'content-type': 'application/json' };

const FLIGHT = { flightNumber: 'TM 1', origin: 'Oslo', destination: 'Rome' };
const PASSENGER = { flightId: 'f-1', name: 'Ada Lovelace' };

const TARGETS: readonly Target[] = [
  {
    method: 'POST',
    path: '/api/flights',
    valid: { ...FLIGHT, departsAt: '2027-01-01T10:00:00Z' },
    required: Object.keys(FLIGHT),
  },
  { method: 'PATCH', path: '/api/flights/f-1', valid: FLIGHT, required: [] },
  {
    method: 'POST',
    path: '/api/passengers',
    valid: PASSENGER,
    required: Object.keys(PASSENGER),
  },
  {
    method: 'PATCH',
    path: '/api/passengers/p-1',
    valid: { name: 'Ada Lovelace' },
    required: ['name'],
  },
];

/**
 * A table of several hundred malformed requests, by family. Methods are such that Node's parser lets
 * through; `content-length` is given with every body, so that each can be sent as bytes.
 *
 * @example
 * for (const { name, method, path, headers, body } of malformedRequests()) await send(method, path, headers, body);
 */
export function malformedRequests(): readonly MalformedRequest[] {
  return [
    ...TARGETS.flatMap((target) => [
      ...wrongValues(target),
      ...wrongFields(target),
      ...wrongJson(target),
      ...wrongMediaTypes(target),
      ...wrongSizes(target),
    ]),
    ...wrongMethods(),
    ...wrongWriteHeaders(),
    ...wrongReadHeaders(),
    ...wrongQueries(),
    ...wrongPaths(),
    ...unexpectedBodies(),
  ];
}

function withBody(
  request: Omit<MalformedRequest, 'headers'>,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
): MalformedRequest {
  const length = Buffer.byteLength(request.body ?? '');
  return { ...request, headers: { ...headers, 'content-length': String(length) } };
}

/** JSON texts of values that no text field takes. */
const WRONG_VALUES: Readonly<Record<string, string>> = {
  null: 'null',
  'a number': '1',
  'a boolean': 'true',
  'a list': '["x"]',
  'an object': '{"text":"x"}',
  'empty text': '""',
  'only spaces': '"   "',
  'very long text': JSON.stringify('x'.repeat(1_000)),
  'a NUL': '"a\\u0000b"',
  'half a surrogate pair': '"a\\ud800b"',
  'a line end inside': '"a\\nb"',
};

function wrongValues({ method, path, valid }: Target): MalformedRequest[] {
  return Object.keys(valid).flatMap((field) =>
    Object.entries(WRONG_VALUES).map(([what, text]) => {
      const others = Object.entries(valid).filter(([name]) => name !== field);
      const rest = JSON.stringify(Object.fromEntries(others)).slice(1, -1);
      const body = `{"${field}":${text}${rest === '' ? '' : `,${rest}`}}`;
      return withBody({ name: `${method} ${path}: ${field} is ${what}`, method, path, body });
    }),
  );
}

function wrongFields({ method, path, valid, required }: Target): MalformedRequest[] {
  const named = (what: string, body: string): MalformedRequest =>
    withBody({ name: `${method} ${path}: ${what}`, method, path, body });
  const open = JSON.stringify(valid).slice(0, -1);
  return [
    named('an empty object', '{}'),
    ...required.map((field) => {
      const others = Object.entries(valid).filter(([name]) => name !== field);
      return named(`${field} is missing`, JSON.stringify(Object.fromEntries(others)));
    }),
    ...['id', 'status', '$where', 'extra', ''].map((field) =>
      named(`the unknown field "${field}"`, `${open},"${field}":"x"}`),
    ),
    ...['__proto__', 'constructor', 'prototype'].flatMap((field) => [
      named(`a field ${field}`, `${open},"${field}":{"admin":true}}`),
      named(`a field ${field} further in`, `${open},"extra":{"deep":{"${field}":1}}}`),
    ]),
  ];
}

function wrongJson({ method, path, valid }: Target): MalformedRequest[] {
  const text = JSON.stringify(valid);
  const bodies: Readonly<Record<string, string | Uint8Array>> = {
    'no text at all': '',
    'half an object': text.slice(0, -1),
    'a comma too many': text.replace('}', ',}'),
    'single quotes': text.replaceAll('"', "'"),
    'two objects': text + text,
    'a comment': `/* ${method} */ ${text}`,
    NaN: text.replace(/:"[^"]*"/, ':NaN'),
    null: 'null',
    'a list': `[${text}]`,
    'a text': JSON.stringify(text),
    'a number': '1',
    'bytes that are not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    'UTF-16': Buffer.from(text, 'utf16le'),
  };
  return Object.entries(bodies).map(([what, body]) =>
    withBody({ name: `${method} ${path}: the body is ${what}`, method, path, body }),
  );
}

function wrongMediaTypes({ method, path, valid }: Target): MalformedRequest[] {
  const body = JSON.stringify(valid);
  const types = [
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'application/problem+json',
    'application/json; charset=latin1',
    'application/json-patch+json',
    'json',
  ];
  return [
    ...types.map((type) =>
      withBody(
        { name: `${method} ${path}: as ${type}`, method, path, body },
        { 'content-type': type },
      ),
    ),
    withBody({ name: `${method} ${path}: without a media type`, method, path, body }, {}),
    withBody(
      { name: `${method} ${path}: said to be compressed`, method, path, body },
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
    ),
  ];
}

function wrongSizes({ method, path, valid }: Target): MalformedRequest[] {
  const open = JSON.stringify(valid).slice(0, -1);
  const bodies: Readonly<Record<string, string>> = {
    'deeper than 16 levels': `${open},"extra":${'['.repeat(17)}${']'.repeat(17)}}`,
    'thousands of levels deep': '['.repeat(20_000),
    'a list of 1,001 items': `${open},"extra":[${'1,'.repeat(1_000)}1]}`,
    'more than 64 KiB': `${open},"extra":"${'x'.repeat(65_536)}"}`,
    'more than 64 KiB of spaces': `${JSON.stringify(valid)}${' '.repeat(65_536)}`,
  };
  return Object.entries(bodies).map(([what, body]) =>
    withBody({ name: `${method} ${path}: ${what}`, method, path, body }),
  );
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

function unexpectedBodies(): MalformedRequest[] {
  const routes: readonly (readonly [string, string])[] = [
    ['POST', '/api/flights/f-1/depart'],
    ['POST', '/api/passengers/p-1/board'],
    ['DELETE', '/api/flights/f-1'],
    ['GET', '/api/flights'],
  ];
  return routes.flatMap(([method, path]) =>
    ['{}', 'x', JSON.stringify({ force: true })].map((body) =>
      withBody({ name: `${method} ${path}: with the body ${body}`, method, path, body }),
    ),
  );
}
