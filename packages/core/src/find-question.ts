import { Fault } from './faults.ts';
import {
  decodeCursor,
  encodeCursor,
  fingerprintOf,
  type IndexPlace,
  isScalar,
} from './find-cursor.ts';
import type { JsonObject } from './message.ts';
import type { Indexes, ReadModelShape, Scalar } from './read-model.ts';
import type { FindRequest } from './read-model-engine.ts';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Index names and fields: what can stand in a statement once it is quoted. */
const WORD = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const WORD_LENGTH = 60;
const MAX_LIMIT = 1_000;

/** The shape of a read model, without the type of its rows: what engines work with. */
export interface TableShape extends Pick<ReadModelShape<JsonObject>, 'name' | 'version'> {
  readonly indexes: Indexes<JsonObject>;
}

/** A find request that was checked against the shape. */
export interface FindQuestion {
  /** All fields of the index; those from `equals.length` on give the order. */
  readonly fields: readonly string[];
  readonly equals: readonly Scalar[];
  readonly from: Scalar | undefined;
  readonly upTo: Scalar | undefined;
  readonly descending: boolean;
  readonly limit: number;
  /** Where the page before ended; holds the values of the fields that give the order. */
  readonly after: IndexPlace | undefined;
  /** Tells the cursors of this question from those of others. */
  readonly fingerprint: string;
}

/**
 * Refuses names and versions that no engine could keep. @throws CONFIGURATION_INVALID.
 *
 * @example
 * assertShape({ name: 'departures', version: 1, indexes: { byDay: ['day', 'gate'] } });
 */
export function assertShape({ name, version, indexes }: TableShape): void {
  if (!NAME.test(name) || name.length > WORD_LENGTH) {
    invalid(`"${name}" is not a name in kebab-case of at most ${WORD_LENGTH} characters`);
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    invalid(`${name}: a version is a whole number from 1, found ${version}`);
  }
  for (const [index, fields] of Object.entries(indexes)) {
    if (fields.length === 0) invalid(`${name}: the index ${index} has no field`);
    for (const word of [index, ...fields]) {
      if (!WORD.test(word) || word.length > WORD_LENGTH) {
        invalid(`${name}: "${word}" is not 1 to ${WORD_LENGTH} letters, digits, "_" and "-"`);
      }
    }
    if (new Set(fields).size < fields.length) invalid(`${name}: ${index} names a field twice`);
  }
}

/**
 * The indexes as text; equal for shapes that can share one table.
 *
 * @example
 * describeIndexes({ byDay: ['day', 'gate'] }); // '[["byDay",["day","gate"]]]'
 */
export function describeIndexes(indexes: Indexes<JsonObject>): string {
  const sorted = Object.entries(indexes).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(sorted);
}

/**
 * What an index holds of a row. @throws CONFIGURATION_INVALID when it is neither text, finite number nor null.
 *
 * @example
 * scalarOf({ day: '2026-05-01' }, 'gate'); // null
 */
export function scalarOf(row: JsonObject, field: string): Scalar {
  const value = (Object.hasOwn(row, field) ? row[field] : null) ?? null;
  if (isScalar(value)) return value;
  return invalid(`an index holds texts, finite numbers and null; "${field}" is none of them`);
}

/**
 * Checks a request against the declared indexes and reads its cursor. A cursor also continues behind a page of
 * another version of the read model, if the index is the same.
 *
 * @throws CONFIGURATION_INVALID, CURSOR_INVALID; RangeError when the limit is not 1 to 1,000.
 *
 * @example
 * const question = checkQuestion(shape, { index: 'byDay', equals: ['2026-05-01'], limit: 50 });
 */
export function checkQuestion(shape: TableShape, request: FindRequest): FindQuestion {
  const { index, equals, range, order = 'ascending', limit, cursor } = request;
  const fields = Object.hasOwn(shape.indexes, index) ? shape.indexes[index] : undefined;
  if (fields === undefined) return invalid(`${shape.name} has no index "${index}"`);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new RangeError(`a page holds 1 to ${MAX_LIMIT} rows, asked for ${limit}`);
  }
  const { from, upTo } = range ?? {};
  const bounded = from !== undefined || upTo !== undefined;
  if (equals.length > fields.length || (bounded && equals.length === fields.length)) {
    invalid(`${shape.name}: ${index} has ${fields.length} fields, asked about more`);
  }
  if (![...equals, from ?? null, upTo ?? null].every(isScalar)) {
    invalid(`${shape.name}: an index is asked with texts, finite numbers and null`);
  }
  const question = {
    fields,
    equals,
    from,
    upTo,
    limit,
    descending: order === 'descending',
    fingerprint: fingerprintOf(textOf(shape, request)),
  };
  const after = cursor === undefined ? undefined : readCursor(question, cursor);
  return { after, ...question };
}

/**
 * The cursor that continues behind a place; its values are those of the fields that give the order.
 *
 * @example
 * const next = writeCursor(question, { values: ['B12'], key: 'flight-7' });
 */
export function writeCursor({ fingerprint }: FindQuestion, place: IndexPlace): string {
  return encodeCursor(fingerprint, place);
}

/** Not of the version: a page continues also when a rebuilt version has taken over, if its index is the same. */
function textOf(shape: TableShape, request: FindRequest): string {
  const { index, equals, range = {}, order = 'ascending' } = request;
  const bounds = [range.from, range.upTo].map((bound) => (bound === undefined ? [] : [bound]));
  return JSON.stringify([shape.name, index, shape.indexes[index], equals, bounds, order]);
}

function readCursor(question: Omit<FindQuestion, 'after'>, cursor: string): IndexPlace {
  const place = decodeCursor(cursor, question.fingerprint);
  const ordering = question.fields.length - question.equals.length;
  if (place?.values.length === ordering) return place;
  throw new Fault('CURSOR_INVALID', 'this cursor was not made by this question');
}

function invalid(message: string): never {
  throw new Fault('CONFIGURATION_INVALID', message);
}
