import type { SqliteDatabase } from './open-sqlite.ts';
import type { PostingTail } from './posting-tail.ts';
import { prepareTuples, type TupleQuery } from './rows.ts';

// The limits stand in the text: bound, they make SQLite plan the statement again at every call.
const FIRST_CHUNK = 4;
const FIRST_POSITIONS = `
  SELECT pos FROM postings WHERE key = ? AND pos >= ? ORDER BY pos LIMIT ${FIRST_CHUNK}`;
const KEYS_TOGETHER = 32;
const KEYS_IN_FILE = `
  SELECT key FROM postings WHERE key IN (?${', ?'.repeat(KEYS_TOGETHER - 1)})`;
const CHUNK = 512;
const MORE_POSITIONS = `
  SELECT pos FROM postings WHERE key = ? AND pos >= ? ORDER BY pos LIMIT ${CHUNK}`;

/** Where keys stand; as two texts may share a key, what is found is to be checked. */
export interface Postings {
  /** Those of the keys that stand in the file; one question for a whole batch. */
  readonly inFile: (keys: readonly number[]) => ReadonlySet<number>;
  /** Positions behind `after` at which all of the keys stand, rising. At least one key. */
  readonly positions: (keys: readonly number[], after: number) => Generator<number>;
}

/** The file's index, over one connection, together with the tail in memory. */
export function createPostings(database: SqliteDatabase, tail: PostingTail): Postings {
  const statements = {
    first: prepareTuples<[number]>(database, FIRST_POSITIONS),
    more: prepareTuples<[number]>(database, MORE_POSITIONS),
  };
  const keysInFile = prepareTuples<[number]>(database, KEYS_IN_FILE);
  return {
    inFile: (keys) => {
      const found = new Set<number>();
      for (let from = 0; from < keys.length; from += KEYS_TOGETHER) {
        const some = keys.slice(from, from + KEYS_TOGETHER);
        // A key asked for twice is found once: the last one fills the places that are left.
        while (some.length < KEYS_TOGETHER) some.push(some.at(-1) ?? 0);
        for (const [key] of keysInFile.all(...some)) found.add(key);
      }
      return found;
    },
    positions: (keys, after) =>
      intersect(
        keys.map((key) => createCursor(statements, key, tail.of(key))),
        after,
      ),
  };
}

interface Statements {
  readonly first: TupleQuery<[number]>;
  readonly more: TupleQuery<[number]>;
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

function createCursor({ first, more }: Statements, key: number, recent: readonly number[]): Cursor {
  let chunk: readonly (readonly [number])[] | undefined;
  let ended = false;
  let next = 0;
  let nextRecent = 0;
  const fetch = (from: number): readonly (readonly [number])[] => {
    const found = chunk === undefined ? first.all(key, from) : more.all(key, from);
    ended = found.length < (chunk === undefined ? FIRST_CHUNK : CHUNK);
    next = 0;
    return found;
  };
  const stored = (from: number): number | undefined => {
    chunk ??= fetch(from);
    while (next < chunk.length && (chunk[next]?.[0] ?? 0) < from) next += 1;
    if (next === chunk.length && !ended) chunk = fetch(from);
    return chunk[next]?.[0];
  };
  return (from) => {
    while (nextRecent < recent.length && (recent[nextRecent] ?? 0) < from) nextRecent += 1;
    const a = stored(from);
    const b = recent[nextRecent];
    return a === undefined || (b !== undefined && b < a) ? b : a;
  };
}
