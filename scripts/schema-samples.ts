// Samples of what a shape lets through, made from its JSON Schema: the same every time.

/** A part of a JSON Schema (draft 2020-12), as zod writes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** `full` has every field and an item in every list; `least` only what must be there. */
export type SampleKind = 'full' | 'least';

/** A value that fits the schema. `name` is that of its field; an example that the schema gives is taken. */
export function sampleOf(schema: JsonSchema, kind: SampleKind, name = 'value'): unknown {
  const isFull = kind === 'full';
  const { examples, enum: values, anyOf, oneOf, type } = schema;
  if (Array.isArray(examples)) return examples.at(isFull ? 0 : -1);
  if ('const' in schema) return schema.const;
  if (Array.isArray(values)) return values.at(isFull ? 0 : -1);
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return sampleOf(choices.at(isFull ? 0 : -1), kind, name);
  switch (type) {
    case 'string':
      return textOf(schema, isFull ? name : '');
    case 'integer':
    case 'number':
      return numberOf(schema, isFull ? 1 : 0);
    case 'boolean':
      return isFull;
    case 'array':
      return listOf(schema, kind, name);
    case 'object':
      return objectOf(schema, kind);
    default:
      return isFull && type !== 'null' ? 'anything' : null;
  }
}

function textOf({ format, minLength = 0 }: JsonSchema, text: string): string {
  if (format === 'date-time') return '2026-01-02T03:04:05.678Z';
  return text.padEnd(Number(minLength), 'x');
}

function numberOf(schema: JsonSchema, wanted: number): number {
  const { minimum = wanted, maximum = wanted } = schema;
  return Math.min(Math.max(wanted, Number(minimum)), Number(maximum));
}

function listOf({ items, minItems = 0 }: JsonSchema, kind: SampleKind, name: string): unknown[] {
  const length = Math.max(Number(minItems), kind === 'full' ? 1 : 0);
  return Array.from({ length }, () => sampleOf((items ?? {}) as JsonSchema, kind, name));
}

function objectOf(schema: JsonSchema, kind: SampleKind): object {
  const { properties, required = [], additionalProperties } = schema;
  const fields = Object.entries((properties ?? {}) as Record<string, JsonSchema>).filter(
    ([name]) => kind === 'full' || (required as readonly string[]).includes(name),
  );
  const isRecord = properties === undefined && typeof additionalProperties === 'object';
  if (isRecord && kind === 'full') fields.push(['key', additionalProperties as JsonSchema]);
  return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field, kind, name)]));
}

/** What is only for people, or says nothing about data. */
const REMARKS = new Set(['$schema', 'title', 'description', 'examples']);
/** Keywords whose fields are names of data, not keywords. */
const NAMED = new Set(['properties', 'patternProperties', '$defs']);

/** A schema without remarks, and with the same text however its fields were ordered. */
export function plainShape(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(([keyword]) => !REMARKS.has(keyword));
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, plain(keyword, value)]));
}

function plain(keyword: string, value: unknown): unknown {
  if (keyword === 'required') return [...(value as readonly string[])].sort();
  if (Array.isArray(value)) return value.map((item) => plain('', item));
  if (typeof value !== 'object' || value === null) return value;
  if (!NAMED.has(keyword)) return plainShape(value as JsonSchema);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, plainShape(field as JsonSchema)]),
  );
}
