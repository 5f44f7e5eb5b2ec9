import type { SqliteDatabase } from './open-sqlite.ts';
import { prepareTuples, type TupleQuery } from './rows.ts';

const INSERT_TAG = 'INSERT OR IGNORE INTO tags (tag, pos) VALUES (?, ?)';
const POSITIONS_OF_TAG = 'SELECT pos FROM tags WHERE tag = ? AND pos > ? ORDER BY pos LIMIT ?';
const FIRST_CHUNK = 4;
const LARGEST_CHUNK = 512;

/** Which events carry a tag. */
export interface TagIndex {
  readonly add: (tag: string, pos: number) => void;
  /** Positions behind `after` of the events that carry all of the tags, rising. At least one tag. */
  readonly positions: (tags: readonly string[], after: number) => Generator<number>;
}

/** The tags of a store, over one connection. */
export function createTagIndex(database: SqliteDatabase): TagIndex {
  const insert = database.prepare(INSERT_TAG);
  const positionsOf = prepareTuples<[number]>(database, POSITIONS_OF_TAG);
  return {
    add: (tag, pos) => {
      insert.run(tag, pos);
    },
    positions: (tags, after) => intersect(positionsOf, tags, after),
  };
}

/** Each list in turn leaps to where the one before stands; a position at which all stand carries all tags. */
function* intersect(
  positionsOf: TupleQuery<[number]>,
  tags: readonly string[],
  after: number,
): Generator<number> {
  const lists = tags.map((tag) => createCursor(positionsOf, tag));
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

/** Answers the first position of a tag that is not below the one given; those must rise. */
function createCursor(
  positionsOf: TupleQuery<[number]>,
  tag: string,
): (from: number) => number | undefined {
  let buffer: readonly [number][] = [];
  let next = 0;
  let chunk = FIRST_CHUNK;
  return (from) => {
    while (next < buffer.length && (buffer[next]?.[0] ?? 0) < from) next += 1;
    if (next < buffer.length) return buffer[next]?.[0];
    buffer = positionsOf.all(tag, from - 1, chunk);
    next = 0;
    chunk = Math.min(chunk * 2, LARGEST_CHUNK);
    return buffer[0]?.[0];
  };
}
