import type { Answer } from './answer.ts';
import { problem } from './problems.ts';

export const MAX_BODY_BYTES = 65_536;
const MAX_DEPTH = 16;
const MAX_ITEMS = 1_000;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const HALF_OF_A_PAIR = /\p{Cs}/u;
const POLLUTING = new Set(['__proto__', 'constructor', 'prototype']);

/** A value, or the answer with which the request ends. */
export type Read<Value> = { readonly value: Value } | { readonly refused: Answer };

/**
 * Reads a JSON body: media type (415), size (413, counted while reading, so chunked bodies too), then
 * UTF-8, JSON, depth, array length and dangerous keys (400).
 */
export async function readJsonBody(request: Request): Promise<Read<unknown>> {
  const wrongType = refuseMediaType(request);
  if (wrongType !== undefined) return { refused: wrongType };
  const bytes = await readBytes(request);
  if ('refused' in bytes) return bytes;
  if (bytes.value.byteLength === 0) return badBody('A JSON body is required');
  return parse(bytes.value);
}

/** 400 when a request that takes no body brings one. */
export async function refuseBody(request: Request): Promise<Answer | undefined> {
  if (!(await bringsBody(request))) return undefined;
  return problem({
    status: 400,
    type: 'body-not-expected',
    title: 'This request takes no body',
  });
}

/** 400 for a body whose end never came. */
export function brokenBody(): Answer {
  return badBody('The body broke off').refused;
}

async function bringsBody(request: Request): Promise<boolean> {
  const length = request.headers.get('content-length');
  if (length !== null) return length !== '0';
  // A GET has no `body` in the web's types, but one may come over the wire.
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (reads) return request.headers.has('transfer-encoding');
  return !(await isEmpty(request.body));
}

async function isEmpty(body: Request['body']): Promise<boolean> {
  if (body === null) return true;
  const reader = body.getReader();
  for (;;) {
    const chunk = await reader.read();
    if (chunk.done) return true;
    if (chunk.value.byteLength === 0) continue;
    await reader.cancel();
    return false;
  }
}

function refuseMediaType(request: Request): Answer | undefined {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  const [type = '', ...parameters] = (request.headers.get('content-type') ?? '').split(';');
  const isJson = type.trim().toLowerCase() === 'application/json';
  const isUtf8 = parameters.every((parameter) => /^\s*(charset="?utf-8"?\s*)?$/i.test(parameter));
  if (isJson && isUtf8 && encoding === 'identity') return undefined;
  return problem({
    status: 415,
    type: 'unsupported-media-type',
    title: 'The body must be application/json in UTF-8, not compressed',
    headers: { accept: 'application/json' },
  });
}

async function readBytes(request: Request): Promise<Read<Uint8Array>> {
  const length = request.headers.get('content-length');
  if (Number(length) > MAX_BODY_BYTES) return { refused: tooLarge() };
  // The server holds a body to the length it names. Read at once: streaming costs ten times as much.
  if (length !== null) {
    const value = new Uint8Array(await request.arrayBuffer());
    return value.byteLength > MAX_BODY_BYTES ? { refused: tooLarge() } : { value };
  }
  if (request.body === null) return { value: new Uint8Array() };
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const chunk = await reader.read();
    if (chunk.done) return { value: Buffer.concat(chunks, size) };
    size += chunk.value.byteLength;
    if (size > MAX_BODY_BYTES) {
      await reader.cancel();
      return { refused: tooLarge() };
    }
    chunks.push(chunk.value);
  }
}

function tooLarge(): Answer {
  return problem({
    status: 413,
    type: 'body-too-large',
    title: `The body may have ${MAX_BODY_BYTES} bytes`,
  });
}

function parse(bytes: Uint8Array): Read<unknown> {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return badBody('The body is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return badBody('The body is not JSON');
  }
  const fault = findUnsafe(value, 1);
  return fault === undefined ? { value } : badBody(fault);
}

function badBody(title: string): { readonly refused: Answer } {
  return { refused: problem({ status: 400, type: 'invalid-body', title }) };
}

/** The first thing in a JSON value that no contract may let through: limits, keys that reach prototypes, text that stores refuse. */
function findUnsafe(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : 'Text is not well-formed';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return `The body is deeper than ${MAX_DEPTH} levels`;
  if (Array.isArray(value) && value.length > MAX_ITEMS) {
    return `A list has more than ${MAX_ITEMS} items`;
  }
  for (const [key, item] of Object.entries(value)) {
    if (POLLUTING.has(key)) return `A field may not be named ${key}`;
    if (!isStorable(key)) return 'Text is not well-formed';
    const found = findUnsafe(item, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** No half of a surrogate pair and no NUL: engines refuse them in text, which would be found out too late. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !HALF_OF_A_PAIR.test(text);
}
