/** Whatever is named like this never reaches a log: secrets, and the names of people. */
const SECRET = /secret|password|passphrase|token|authorization|cookie/i;
/** `name`, `passengerName`, `full_name`; not `hostname` or `filename`. */
const PERSON = /^name$|Name$|_name$/;

export const REDACTED = '[redacted]';
const MAX_DEPTH = 6;
const MAX_CAUSES = 4;

/**
 * Fields as a log may show them: redacted by name at every depth, errors and bigints made readable.
 *
 * @example
 * redact({ position: 7n, token: 'abc' }); // { position: '7', token: '[redacted]' }
 */
export function redact(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(fields: object, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    const hidden = SECRET.test(field) || PERSON.test(field);
    shown[field] = hidden ? REDACTED : redactValue(value, depth + 1);
  }
  return shown;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return describe(value, depth);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  if (value instanceof Date) return value;
  return redactObject(value, depth);
}

/** A stack for defects; what caused it, so that the first reason is seen; facts, which faults keep free of personal data. */
function describe(error: Error, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = { type: error.constructor.name, message: error.message };
  if ('code' in error) shown.code = error.code;
  if ('facts' in error) shown.facts = redactValue(error.facts, depth + 1);
  if (error.stack !== undefined) shown.stack = error.stack;
  if (error.cause !== undefined && depth <= MAX_CAUSES) {
    shown.cause = redactValue(error.cause, depth + 1);
  }
  return shown;
}
