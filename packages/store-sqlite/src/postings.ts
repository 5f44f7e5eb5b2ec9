import type { SqliteDatabase } from './open-sqlite.ts';
import type { PostingTail } from './posting-tail.ts';
import { prepareTuples, type TupleQuery } from './rows.ts';

// The limits stand in the text: bound, they make SQLite plan the statement again at every call.
const FIRST_CHUNK = 4;
const FIRST_POSITIONS = `
  SELECT pos FROM postings WHERE key = ? AND pos >= ? ORDER BY pos LIMIT ${FIRST_CHUNK}`;
/** Keys asked for together: the fewest that are enough. The places that are left hold NULL, which is looked up nowhere. */
const TOGETHER = [1, 2, 4, 8, 16, 32, 64, 128] as const;
const MOST_TOGETHER = 128;
const NEWEST = 'SELECT pos FROM postings WHERE key = column1 ORDER BY pos DESC LIMIT 1';
const newestOf = (keys: number) =>
  `SELECT column1, (${NEWEST}) AS newest FROM (VALUES (?)${', (?)'.repeat(keys - 1)}) WHERE newest NOT NULL`;
const CHUNK = 512;
const MORE_POSITIONS = `
  SELECT pos FROM postings WHERE key = ? AND pos >= ? ORDER BY pos LIMIT ${CHUNK}`;
const positionsBefore = (limit: number) =>
  `SELECT pos FROM postings WHERE key = ? AND pos < ? ORDER BY pos DESC LIMIT ${limit}`;

/** Where keys stand; as two texts may share a key, what is found is to be checked. */
export interface Postings {
  /** The newest position in the file of those of the keys that stand there; one question for a whole batch. */
  readonly newestInFile: (keys: readonly number[]) => ReadonlyMap<number, number>;
  /** Positions of a key, falling. */
  readonly newest: (key: number) => Generator<number>;
  /** Positions behind `after` at which all of the keys stand, rising. At least one key. */
  readonly positions: (keys: readonly number[], after: number) => Generator<number>;
}

/** The file's index, over one connection, together with the tail in memory. */
export function createPostings(database: SqliteDatabase, tail: PostingTail): Postings {
  const statements = {
    first: prepareTuples<[number]>(database, FIRST_POSITIONS),
    more: prepareTuples<[number]>(database, MORE_POSITIONS),
  };
  const before = {
    first: prepareTuples<[number]>(database, positionsBefore(FIRST_CHUNK)),
    more: prepareTuples<[number]>(database, positionsBefore(CHUNK)),
  };
  const newestInFile = TOGETHER.map((keys) => ({
    keys,
    query: prepareTuples<[number, number]>(database, newestOf(keys)),
  }));
  return {
    newestInFile: (keys) => {
      const found = new Map<number, number>();
      for (let from = 0; from < keys.length; from += MOST_TOGETHER) {
        const some: (number | null)[] = keys.slice(from, from + MOST_TOGETHER);
        const fitting = newestInFile.find(
          (one) => one.keys >= some.length,
        ) as (typeof newestInFile)[number];
        while (some.length < fitting.keys) some.push(null);
        for (const [key, pos] of fitting.query.all(...some)) found.set(key, pos);
      }
      return found;
    },
    newest: (key) => falling(before, key, tail.of(key)),
    positions: (keys, after) =>
      intersect(
        keys.map((key) => createCursor(statements, key, tail.of(key))),
        after,
      ),
  };
}

/** The tail may still hold what has moved into the file. */
function* falling(
  { first, more }: Statements,
  key: number,
  recent: readonly number[],
): Generator<number> {
  for (let n = recent.length - 1; n >= 0; n -= 1) yield recent[n] ?? 0;
  let chunk = first.all(key, recent[0] ?? Number.MAX_SAFE_INTEGER);
  for (let last = chunk.at(-1); last !== undefined; last = chunk.at(-1)) {
    for (const [pos] of chunk) yield pos;
    chunk = more.all(key, last[0]);
  }
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
