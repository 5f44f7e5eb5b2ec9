import { createHash } from 'node:crypto';
import {
  Fault,
  type FindRequest,
  type Indexes,
  type JsonObject,
  type ReadModelShape,
  type Scalar,
} from '@tidemark/core';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Index names and fields: what can stand in a statement once it is quoted. */
const WORD = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const WORD_LENGTH = 60;
const MAX_LIMIT = 1_000;
const FINGERPRINT_LENGTH = 16;

/** The parts of a shape that do not depend on the type of its rows. */
export interface Shape extends Pick<ReadModelShape<JsonObject>, 'name' | 'version'> {
  readonly indexes: Indexes<JsonObject>;
}

/** A place in an index: the values of its fields in a row, and the row's key. */
export interface Place {
  readonly values: readonly Scalar[];
  readonly key: string;
}

/** A find request that was checked against the shape. */
export interface Question {
  /** All fields of the index; those from `equals.length` on give the order. */
  readonly fields: readonly string[];
  readonly equals: readonly Scalar[];
  readonly from: Scalar | undefined;
  readonly upTo: Scalar | undefined;
  readonly descending: boolean;
  readonly limit: number;
  /** Where the page before ended; holds the values of the fields that give the order. */
  readonly after: Place | undefined;
  /** Tells the cursors of this question from those of others. */
  readonly fingerprint: string;
}

/** Refuses names and versions that no engine could keep. @throws CONFIGURATION_INVALID. */
export function assertShape({ name, version, indexes }: Shape): void {
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

/** The indexes as text; equal for shapes that can share one table. */
export function describeIndexes(indexes: Indexes<JsonObject>): string {
  const sorted = Object.entries(indexes).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(sorted);
}

/** What an index holds of a row. @throws CONFIGURATION_INVALID when it is neither text, finite number nor null. */
export function scalarOf(row: JsonObject, field: string): Scalar {
  const value = (Object.hasOwn(row, field) ? row[field] : null) ?? null;
  if (isScalar(value)) return value;
  return invalid(`an index holds texts, finite numbers and null; "${field}" is none of them`);
}

/** @throws CONFIGURATION_INVALID, CURSOR_INVALID; RangeError when the limit is not 1 to 1,000. */
export function checkQuestion(shape: Shape, request: FindRequest): Question {
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
    ...{ fields, equals, from, upTo, limit },
    descending: order === 'descending',
    fingerprint: fingerprintOf(shape, request),
  };
  const after = cursor === undefined ? undefined : readCursor(question, cursor);
  return { ...question, after };
}

/** The cursor that continues behind a place. */
export function writeCursor({ fingerprint }: Question, { values, key }: Place): string {
  return Buffer.from(JSON.stringify([fingerprint, values, key])).toString('base64url');
}

/** Not of the version: a page continues also when a rebuilt version has taken over, if its index is the same. */
function fingerprintOf(shape: Shape, request: FindRequest): string {
  const { index, equals, range = {}, order = 'ascending' } = request;
  const bounds = [range.from, range.upTo].map((bound) => (bound === undefined ? [] : [bound]));
  const asked = JSON.stringify([shape.name, index, shape.indexes[index], equals, bounds, order]);
  const hash = createHash('sha256').update(asked).digest('base64url');
  return hash.slice(0, FINGERPRINT_LENGTH);
}

function readCursor(question: Omit<Question, 'after'>, cursor: string): Place {
  const parts = parse(cursor);
  if (!Array.isArray(parts) || parts.length !== 3) return foreignCursor();
  const [fingerprint, values, key]: unknown[] = parts;
  const ordering = question.fields.length - question.equals.length;
  if (fingerprint !== question.fingerprint || typeof key !== 'string') return foreignCursor();
  if (!Array.isArray(values) || values.length !== ordering) return foreignCursor();
  return values.every(isScalar) ? { values, key } : foreignCursor();
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || Number.isFinite(value);
}

function foreignCursor(): never {
  throw new Fault('CURSOR_INVALID', 'this cursor was not made by this question');
}

function invalid(message: string): never {
  throw new Fault('CONFIGURATION_INVALID', message);
}
