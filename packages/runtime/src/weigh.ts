/**
 * Rough size of a JSON value in characters, without making the JSON. Only good for comparing with a
 * limit: escapes and the exact length of numbers are left out.
 */
export function weigh(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 6;
  let weight = 2;
  if (Array.isArray(value)) {
    for (const item of value) weight += weigh(item) + 1;
    return weight;
  }
  for (const field in value) weight += field.length + 4 + weigh(value[field as keyof typeof value]);
  return weight;
}

/** Enough for an average, and little work even when each is large. */
const WEIGHED = 8;

/** Rough size of many values that are alike, from the first few of them. */
export function weighAlike(all: ReadonlyMap<unknown, unknown>): number {
  let weight = 0;
  let weighed = 0;
  for (const value of all.values()) {
    weight += weigh(value);
    weighed += 1;
    if (weighed === WEIGHED) break;
  }
  return weighed === 0 ? 0 : (weight / weighed) * all.size;
}
