import type { SqliteDatabase } from './open-sqlite.ts';
import type { PostingTail } from './posting-tail.ts';
import { prepareTuples, type TupleQuery } from './rows.ts';

const POSITIONS_OF_KEY = 'SELECT pos FROM postings WHERE key = ? AND pos >= ? ORDER BY pos LIMIT ?';
const FIRST_CHUNK = 4;
const LARGEST_CHUNK = 512;

/** Positions behind `after` at which all of the keys may stand, rising; what is found is to be checked. At least one key. */
export type Postings = (keys: readonly number[], after: number) => Generator<number>;

/** The file's index, over one connection, together with the tail in memory. */
export function createPostings(database: SqliteDatabase, tail: PostingTail): Postings {
  const positionsOf = prepareTuples<[number]>(database, POSITIONS_OF_KEY);
  return (keys, after) =>
    intersect(
      keys.map((key) => createCursor(positionsOf, key, tail.of(key))),
      after,
    );
}

/** Answers the first position of a key that is not below the one given; those must rise. */
type Cursor = (from: number) => number | undefined;

/** Each list in turn leaps to where the one before stands; a position at which all stand has all keys. */
function* intersect(lists: readonly Cursor[], after: number): Generator<number> {
  let at = after + 1;
  let agreeing = 0;
  for (let turn = 0; ; turn = (turn + 1) % lists.length) {
    const found = lists[turn]?.(at);
    if (found === undefined) return;
    agreeing = found === at ? agreeing + 1 : 1;
    at = found;
    if (agreeing < lists.length) continue;
    yield at;
    at += 1;
    agreeing = 0;
  }
}

function createCursor(
  positionsOf: TupleQuery<[number]>,
  key: number,
  recent: readonly number[],
): Cursor {
  let chunk: readonly [number][] = [];
  let size = FIRST_CHUNK;
  let ended = false;
  let next = 0;
  let nextRecent = 0;
  const stored = (from: number): number | undefined => {
    while (next < chunk.length && (chunk[next]?.[0] ?? 0) < from) next += 1;
    if (next === chunk.length && !ended) {
      chunk = positionsOf.all(key, from, size);
      ended = chunk.length < size;
      size = Math.min(size * 2, LARGEST_CHUNK);
      next = 0;
    }
    return chunk[next]?.[0];
  };
  return (from) => {
    while (nextRecent < recent.length && (recent[nextRecent] ?? 0) < from) nextRecent += 1;
    const a = stored(from);
    const b = recent[nextRecent];
    return a === undefined || (b !== undefined && b < a) ? b : a;
  };
}
