import { FLIGHT, JSON_TYPE, type MalformedRequest, withBody } from './malformed-request.ts';

interface Target {
  readonly method: string;
  readonly path: string;
  /** A body that would be accepted. */
  readonly valid: Readonly<Record<string, string>>;
  readonly required: readonly string[];
}

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

/** Bodies that a route does not take, and bodies where it takes none. */
export function malformedBodies(): readonly MalformedRequest[] {
  return [
    ...TARGETS.flatMap((target) => [
      ...wrongValues(target),
      ...wrongFields(target),
      ...wrongJson(target),
      ...wrongMediaTypes(target),
      ...wrongSizes(target),
    ]),
    ...unexpectedBodies(),
  ];
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
