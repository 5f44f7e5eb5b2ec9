import { crc32 } from 'node:zlib';

/** The columns of a row that are known before its place is. */
export interface RowContents {
  readonly stream: string;
  readonly type: string;
  readonly schema: number;
  readonly id: string;
  /** JSON, as stored. */
  readonly data: string;
  /** JSON, as stored. */
  readonly meta: string;
  /** JSON array, as stored; empty when there are none. */
  readonly tags: string;
}

/** The columns of a row that the commit decides. */
export interface RowPlace {
  readonly position: number;
  readonly revision: number;
  readonly recordedAtMs: number;
}

const POSITION_FACTOR = 1540483477;
const REVISION_FACTOR = 668265263;
const TIME_FACTOR = 1274126177;
const HIGH_WORD = 2 ** 32;

/**
 * CRC-32 over a row's contents, 0 to 2^32 - 1. No column can hold the NUL that separates them, so two
 * different rows never give the same bytes.
 */
export function checksumContents(row: RowContents): number {
  const { stream, type, schema, id, tags, data, meta } = row;
  return crc32(`${stream}\0${type}\0${schema}\0${id}\0${tags}\0${data}\0${meta}`);
}

/**
 * Mixes the place into the checksum of the contents, as the commit function does in SQL: the place is known
 * only there. Odd factors, so that a change of any one column always shows. A signed 32-bit number, as stored.
 */
export function mixInPlace(contents: number, place: RowPlace): number {
  const { position, revision, recordedAtMs } = place;
  const mixed =
    contents ^
    Math.imul(position, POSITION_FACTOR) ^
    Math.floor(position / HIGH_WORD) ^
    Math.imul(revision, REVISION_FACTOR) ^
    Math.imul(recordedAtMs, TIME_FACTOR) ^
    Math.floor(recordedAtMs / HIGH_WORD);
  // SQL stores the unsigned number less 2^31, which turns the highest bit over.
  return mixed ^ -0x80000000;
}
