import type { Scalar } from '@tidemark/core';

const SIGN = 0x80000000;
const NULL_RANK = '';
const NUMBER_RANK = '1';
const TEXT_RANK = '2';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const NEEDS_ENCODING = /[\0\u0001]/;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const bits = new DataView(new ArrayBuffer(8));

/**
 * A text as it is stored in a column. PostgreSQL keeps no NUL; it is written as 01 01 and 01 as 01 02, which
 * keeps the order of the bytes.
 */
export function encodeText(text: string): string {
  // Nearly no text holds one, and looking is cheaper than replacing nothing twice.
  if (!NEEDS_ENCODING.test(text)) return text;
  return text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\0', '\u0001\u0001');
}

/** The text that `encodeText` was given. */
export function decodeText(stored: string): string {
  return stored.replaceAll('\u0001\u0001', '\0').replaceAll('\u0001\u0002', '\u0001');
}

/**
 * A value as it is stored in an indexed column: text whose bytes sort null first, then numbers by size, then texts
 * by their UTF-8 bytes, so that one column and one index hold whatever a field holds.
 */
export function encodeScalar(value: Scalar): string {
  if (value === null) return NULL_RANK;
  return typeof value === 'string' ? TEXT_RANK + encodeText(value) : NUMBER_RANK + sortable(value);
}

/** The bits of a double as 16 hexadecimal digits; negative ones turned over, positive ones above them. */
function sortable(value: number): string {
  // Adding 0 makes one zero of two.
  bits.setFloat64(0, value + 0);
  const high = bits.getUint32(0);
  const low = bits.getUint32(4);
  const isNegative = high >= SIGN;
  return isNegative ? hexOf(~high) + hexOf(~low) : hexOf(high | SIGN) + hexOf(low);
}

/** Of 32 bits, by bytes: `toString(16)` takes a slow way for numbers that are no small integers. */
function hexOf(word: number): string {
  const first = `${HEX[word >>> 24]}${HEX[(word >>> 16) & 0xff]}`;
  return `${first}${HEX[(word >>> 8) & 0xff]}${HEX[word & 0xff]}`;
}
