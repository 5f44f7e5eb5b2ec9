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
