import {
  type FindQuestion,
  type FoundPage,
  type IndexPlace,
  type JsonObject,
  type Scalar,
  scalarOf,
  writeCursor,
} from '@tidemark/core';

interface Placed {
  readonly row: JsonObject;
  readonly place: IndexPlace;
}

// The first code units of surrogate pairs and of what lies between them and the end of 16 bits.
const FIRST_SURROGATE = 0xd800;
const FIRST_AFTER_SURROGATES = 0xe000;
const SURROGATES = FIRST_AFTER_SURROGATES - FIRST_SURROGATE;

/** Answers a question from all rows: the definition of `find`, without an index to be fast with. */
export function findRows(
  rows: ReadonlyMap<string, string>,
  question: FindQuestion,
): FoundPage<JsonObject> {
  const direction = question.descending ? -1 : 1;
  const { after, limit } = question;
  const found = placeMatching(rows, question)
    .filter(({ place }) => after === undefined || direction * comparePlaces(place, after) > 0)
    .sort((one, other) => direction * comparePlaces(one.place, other.place));
  const page = found.slice(0, limit);
  const items = page.map(({ row }) => row);
  const last = page.at(-1);
  if (last === undefined || found.length <= limit) return { items };
  return { items, next: writeCursor(question, last.place) };
}

function placeMatching(rows: ReadonlyMap<string, string>, question: FindQuestion): Placed[] {
  const { fields, equals, from, upTo } = question;
  const found: Placed[] = [];
  for (const [key, json] of rows) {
    const row = JSON.parse(json) as JsonObject;
    const all = fields.map((field) => scalarOf(row, field));
    if (!equals.every((value, at) => compareScalars(value, all[at] as Scalar) === 0)) continue;
    const values = all.slice(equals.length);
    const [first = null] = values;
    if (from !== undefined && compareScalars(first, from) < 0) continue;
    if (upTo !== undefined && compareScalars(first, upTo) > 0) continue;
    found.push({ row, place: { values, key } });
  }
  return found;
}

function comparePlaces(one: IndexPlace, other: IndexPlace): number {
  for (const [at, value] of one.values.entries()) {
    const compared = compareScalars(value, other.values[at] as Scalar);
    if (compared !== 0) return compared;
  }
  return compareTexts(one.key, other.key);
}

/** Null, then numbers, then texts. */
function compareScalars(one: Scalar, other: Scalar): number {
  if (typeof one === 'string' && typeof other === 'string') return compareTexts(one, other);
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return rankOf(one) - rankOf(other);
}

function rankOf(value: Scalar): number {
  if (value === null) return 0;
  return typeof value === 'number' ? 1 : 2;
}

/** In the order of their UTF-8 bytes, as databases compare; JavaScript's own order is of 16-bit units. */
export function compareTexts(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const difference = weightOf(one.charCodeAt(at)) - weightOf(other.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

function weightOf(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit < FIRST_AFTER_SURROGATES ? unit + 0x2000 : unit - SURROGATES;
}
