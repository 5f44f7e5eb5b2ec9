import type { Scalar } from './read-model.ts';

/** A place in an index: the values of its fields in a row, and the row's key. */
export interface IndexPlace {
  readonly values: readonly Scalar[];
  readonly key: string;
}

const NOT_ASCII = /[\u0080-\uffff]/g;
const UNSIGNED = 2 ** 32;
/** The offset and the low half of the prime 2^40 + 0x1b3 of FNV-1a with 64 bits. */
const FNV_OFFSET = { high: 0xcbf29ce4, low: 0x84222325 };
const FNV_PRIME = 0x1b3;

/** The cursor behind a place, as base64url; `fingerprint` names the question it continues. */
export function encodeCursor(fingerprint: string, { values, key }: IndexPlace): string {
  const json = JSON.stringify([fingerprint, values, key]).replace(NOT_ASCII, escapeUnit);
  return btoa(json).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The place in a cursor; `undefined` when it was made by another question, or by nobody. */
export function decodeCursor(cursor: string, fingerprint: string): IndexPlace | undefined {
  const parts = parse(cursor);
  if (!Array.isArray(parts) || parts.length !== 3 || parts[0] !== fingerprint) return undefined;
  const [, values, key]: unknown[] = parts;
  if (typeof key !== 'string' || !Array.isArray(values)) return undefined;
  return values.every(isScalar) ? { values, key } : undefined;
}

/** Whether an index can hold it. */
export function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || Number.isFinite(value);
}

/**
 * FNV-1a with 64 bits over the UTF-16 units of a text, as 16 hexadecimal digits. Tells texts apart that nobody
 * chose with care; whoever wants two with the same answer finds them.
 */
export function fingerprintOf(text: string): string {
  let { high, low } = FNV_OFFSET;
  for (let at = 0; at < text.length; at++) {
    const mixed = (low ^ text.charCodeAt(at)) >>> 0;
    // (high · 2^32 + mixed) · (2^40 + 0x1b3), modulo 2^64: each product stays below 2^53.
    const product = mixed * FNV_PRIME;
    const carry = Math.floor(product / UNSIGNED);
    high = (high * FNV_PRIME + carry + ((mixed << 8) >>> 0)) % UNSIGNED;
    low = product % UNSIGNED;
  }
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return undefined;
  }
}
