import type { Scalar } from '@tidemark/core';

/**
 * A text as it is stored in a column. Drivers end a text at its first NUL, so that two keys could become one;
 * NUL is written as 01 01 and 01 as 01 02, which keeps the order of the bytes.
 */
export function encodeText(text: string): string {
  return text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\0', '\u0001\u0001');
}

/** The text that `encodeText` was given. */
export function decodeText(stored: string): string {
  return stored.replaceAll('\u0001\u0001', '\0').replaceAll('\u0001\u0002', '\u0001');
}

/**
 * A value as it is stored in an indexed column. Null is minus infinity, which no row can hold: it sorts before
 * every number and, unlike SQL's NULL, can be compared, so that one range of an index answers every question.
 * The driver for Node 20 takes numbers nearer to 0 than 2^-52 for 0; the row keeps them as they are.
 */
export function encodeScalar(value: Scalar): string | number {
  if (value === null) return Number.NEGATIVE_INFINITY;
  return typeof value === 'string' ? encodeText(value) : value;
}
