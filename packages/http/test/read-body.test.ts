import { expect, test } from 'vitest';
import { readJsonBody } from '../src/read-body.ts';

function read(body: string | Uint8Array) {
  return readJsonBody(
    new Request('http://test.internal/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(body),
    }),
  );
}

test.each([
  ['16 levels', `${'['.repeat(16)}1${']'.repeat(16)}`],
  ['a list of 1,000 items', `[${'1,'.repeat(999)}1]`],
  ['exactly 64 KiB', `"${'x'.repeat(65_534)}"`],
  ['text in any script', '{"name":"Łukasz 李 🛫"}'],
])('a body of %s is read', async (_what, body) => {
  expect(await read(body)).toEqual({ value: JSON.parse(body) });
});

// Schemas would refuse most of these too, but not where a contract holds free JSON.
test.each([
  ['17 levels', `${'['.repeat(17)}1${']'.repeat(17)}`, 'deeper'],
  ['thousands of levels', '['.repeat(30_000) + ']'.repeat(30_000), 'deeper'],
  ['a list of 1,001 items', `{"a":[${'1,'.repeat(1_000)}1]}`, 'more than 1000 items'],
  ['a field __proto__', '{"a":{"__proto__":{"admin":true}}}', '__proto__'],
  ['a field constructor', '[{"constructor":1}]', 'constructor'],
  ['a field prototype', '{"prototype":1}', 'prototype'],
  ['a NUL', '{"a":"x\\u0000"}', 'not well-formed'],
  ['half a surrogate pair', '["\\udc00"]', 'not well-formed'],
  ['a field name that is not text', '{"\\ud800":1}', 'not well-formed'],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'not UTF-8'],
  ['no JSON', '{"a":1', 'not JSON'],
  ['nothing', '', 'required'],
])('a body of %s is refused', async (...row) => {
  const [, body, because] = row;
  expect(await read(body)).toMatchObject({
    refused: { status: 400, body: { title: expect.stringContaining(because) } },
  });
});

test('a body of one byte more than 64 KiB is too large', async () => {
  expect(await read(`"${'x'.repeat(65_535)}"`)).toMatchObject({ refused: { status: 413 } });
});
