import type { ParkedChange, ParkedRow } from '@tidemark/core';
import { type Guard, type Write, writeOne } from './file-change.ts';
import type { SqliteDatabase } from './open-sqlite.ts';
import { decodeText, encodeText } from './read-model-engine-values.ts';

const COLUMNS = 'key, CAST(position AS TEXT) AS position, event_id, error, since, waiting';
const SELECT_ANY = 'SELECT 1 FROM read_model_parked WHERE table_name = ? LIMIT 1';
const SELECT_PARKED = `SELECT ${COLUMNS} FROM read_model_parked
  WHERE table_name = ? AND key IN (SELECT value FROM json_each(?))`;
const SELECT_FIRST = `SELECT ${COLUMNS} FROM read_model_parked
  WHERE table_name = ? ORDER BY key LIMIT ?`;
const SELECT_NEXT = `SELECT ${COLUMNS} FROM read_model_parked
  WHERE table_name = ? AND key > ? ORDER BY key LIMIT ?`;
const SELECT_RANGE = `SELECT ${COLUMNS} FROM read_model_parked WHERE table_name = ?1
  AND (?2 IS NULL OR key > ?2) AND (?3 IS NULL OR key <= ?3)`;
/** A key that is not parked has NULL. */
const REFUSE_PARKED = `SELECT 'overtaken' WHERE (SELECT position || ' ' || waiting FROM read_model_parked
  WHERE table_name = ? AND key = ?) IS NOT ?`;
const UPSERT_PARKED = `INSERT INTO read_model_parked
  (table_name, key, position, event_id, error, since, waiting) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (table_name, key) DO UPDATE SET position = excluded.position, event_id = excluded.event_id,
  error = excluded.error, since = excluded.since, waiting = excluded.waiting`;
const DELETE_PARKED = 'DELETE FROM read_model_parked WHERE table_name = ? AND key = ?';
const DELETE_ALL = 'DELETE FROM read_model_parked WHERE table_name = ?';

/** The parked rows of one table. Nothing here waits or begins a transaction. */
export interface ParkedRows {
  readonly load: (keys: readonly string[]) => ReadonlyMap<string, ParkedRow>;
  readonly list: (limit: number, after?: string) => readonly ParkedRow[];
  /** Those behind `after` (all from the first unless given) up to `last` (to the end unless given), keys as they are stored. */
  readonly range: (after: string | undefined, last: string | undefined) => readonly ParkedRow[];
  /** Refuse when a key is not parked any more as it was, or not any more not parked. */
  readonly guards: (changes: readonly ParkedChange[]) => readonly Guard[];
  readonly writes: (changes: readonly ParkedChange[]) => readonly Write[];
  readonly clear: () => void;
}

interface StoredParked {
  readonly key: string;
  readonly position: string;
  readonly event_id: string;
  readonly error: string;
  readonly since: string;
  readonly waiting: number;
}

export function openParkedRows(database: SqliteDatabase, table: string): ParkedRows {
  const selectAny = database.prepare(SELECT_ANY);
  const selectParked = database.prepare(SELECT_PARKED);
  const selectFirst = database.prepare(SELECT_FIRST);
  const selectNext = database.prepare(SELECT_NEXT);
  const selectRange = database.prepare(SELECT_RANGE);
  const removeAll = database.prepare(DELETE_ALL);

  const load = (keys: readonly string[]): ReadonlyMap<string, ParkedRow> => {
    // Nearly always nothing is parked, and every step asks.
    if (keys.length === 0 || selectAny.get(table) === undefined) return new Map();
    const found = selectParked.all(table, JSON.stringify(keys.map(encodeText))).map(parkedRowOf);
    return new Map(found.map((row) => [row.key, row]));
  };

  return {
    load,
    list: (limit, after) => {
      const found =
        after === undefined
          ? selectFirst.all(table, limit)
          : selectNext.all(table, encodeText(after), limit);
      return found.map(parkedRowOf);
    },
    range: (after, last) => selectRange.all(table, after ?? null, last ?? null).map(parkedRowOf),
    guards: (changes) =>
      changes.map(({ key, was }) => ({
        sql: REFUSE_PARKED,
        values: [
          table,
          encodeText(key),
          was === undefined ? null : `${was.position} ${was.waiting}`,
        ],
      })),
    writes: (changes) =>
      changes.map(({ key, becomes }) => {
        const place = [table, encodeText(key)];
        if (becomes === undefined) return writeOne(DELETE_PARKED, place);
        return writeOne(UPSERT_PARKED, [...place, ...valuesOf(becomes)]);
      }),
    clear: () => {
      removeAll.run(table);
    },
  };
}

function valuesOf({ position, eventId, error, since, waiting }: ParkedRow) {
  return [position, encodeText(eventId), encodeText(error), since, waiting] as const;
}

function parkedRowOf(stored: unknown): ParkedRow {
  const { key, position, event_id, error, since, waiting } = stored as StoredParked;
  return {
    key: decodeText(key),
    position: BigInt(position),
    eventId: decodeText(event_id),
    error: decodeText(error),
    since,
    waiting,
  };
}
