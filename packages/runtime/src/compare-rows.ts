import { isErased, isSealed } from '@tidemark/core';

/** Answers whether the personal data of a subject is gone. */
export type IsGone = (subject: string) => boolean;

/**
 * The first field in which two values of JSON differ, in the order of names, with dots into what it holds: `''` when
 * they differ as a whole, `undefined` when they are equal. The order of fields in an object does not matter, and a
 * field that is absent is not one that is null. Sealed values are equal when their ciphertexts are, or when their
 * subject is the same and gone.
 *
 * @example
 * differenceOf({ seats: [1, 2] }, { seats: [1, 3] }, () => false); // 'seats.1'
 */
export function differenceOf(one: unknown, other: unknown, isGone: IsGone): string | undefined {
  if (one === other) return undefined;
  if (isPersonal(one) || isPersonal(other))
    return isSamePersonal(one, other, isGone) ? undefined : '';
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return '';
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]);
  const inOrder = Array.isArray(one) ? [...fields] : [...fields].sort();
  for (const field of inOrder) {
    if (!Object.hasOwn(one, field) || !Object.hasOwn(other, field)) return field;
    const inside = differenceOf(one[field], other[field], isGone);
    if (inside !== undefined) return inside === '' ? field : `${field}.${inside}`;
  }
  return undefined;
}

function isPersonal(value: unknown): boolean {
  return isSealed(value) || isErased(value);
}

function isSamePersonal(one: unknown, other: unknown, isGone: IsGone): boolean {
  if (isSealed(one) && isSealed(other)) {
    if (one.$subject !== other.$subject) return false;
    return one.$sealed === other.$sealed || isGone(one.$subject);
  }
  const [sealed] = [one, other].filter(isSealed);
  if (sealed === undefined) return isErased(one) && isErased(other);
  return isErased(one === sealed ? other : one) && isGone(sealed.$subject);
}

function isObject(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
