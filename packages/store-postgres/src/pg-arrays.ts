/** A text array as PostgreSQL reads it, `{"a",NULL}`. */
export function textArray(values: readonly (string | null | undefined)[]): string {
  let literal = '{';
  for (const value of values) {
    if (literal.length > 1) literal += ',';
    literal += value === null || value === undefined ? 'NULL' : quoted(value);
  }
  return `${literal}}`;
}

/** An array of whole numbers as PostgreSQL reads it, `{1,NULL}`. */
export function numberArray(values: readonly (number | bigint | null)[]): string {
  return values.includes(null)
    ? `{${values.map((value) => value ?? 'NULL').join()}}`
    : `{${values.join()}}`;
}

/** A number array that PostgreSQL wrote; nulls are NaN. */
export function parseNumberArray(literal: string): readonly number[] {
  return literal === '{}' ? [] : literal.slice(1, -1).split(',').map(Number);
}

const NEEDS_ESCAPE = /["\\]/;

function quoted(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return `"${value}"`;
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
