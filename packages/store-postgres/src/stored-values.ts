import type { Scalar } from '@tidemark/core';

const NULL_RANK = '';
const NUMBER_RANK = '1';
const TEXT_RANK = '2';

/**
 * A text as it is stored in a column. PostgreSQL keeps no NUL; it is written as 01 01 and 01 as 01 02, which
 * keeps the order of the bytes.
 */
export function encodeText(text: string): string {
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
  const bits = new DataView(new ArrayBuffer(8));
  // Adding 0 makes one zero of two.
  bits.setFloat64(0, value + 0);
  const raw = bits.getBigUint64(0);
  const negative = raw >> 63n === 1n;
  const sorted = negative ? ~raw & 0xffffffffffffffffn : raw | (1n << 63n);
  return sorted.toString(16).padStart(16, '0');
}
