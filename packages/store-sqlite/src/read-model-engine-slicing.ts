import type { Division, ReadModelStep, Slice } from '@tidemark/core';
import { type Guard, type Write, writeOne } from './file-change.ts';
import type { SqliteDatabase } from './open-sqlite.ts';

// Positions are read as text: a driver may refuse an integer above 2^53.
const SELECT_SLICE = `SELECT CAST(position AS TEXT) AS position FROM read_model_slices
  WHERE table_name = ? AND slice = ?`;
const UPSERT_SLICE = `INSERT INTO read_model_slices (table_name, slice, position) VALUES (?, ?, ?)
  ON CONFLICT (table_name, slice) DO UPDATE SET position = excluded.position`;
const DELETE_SLICES = 'DELETE FROM read_model_slices WHERE table_name = ?';
const REFUSE_STEP = `SELECT 'overtaken' WHERE ?3 <> coalesce(
    (SELECT position FROM read_model_slices WHERE table_name = ?1 AND slice = ?2), 0)
  OR EXISTS (SELECT 1 FROM read_model_divisions
    WHERE table_name = ?1 AND (count <> ?4 OR next_at < ?5))`;
/** One statement, so that all of it is of one moment. */
const SELECT_DIVISION = `SELECT count, next_count, CAST(next_at AS TEXT) AS next_at,
  (SELECT json_group_object(slice, CAST(position AS TEXT)) FROM read_model_slices
    WHERE table_name = ?) AS slices
  FROM (SELECT 1) LEFT JOIN read_model_divisions ON table_name = ?`;
const UPSERT_DIVISION = `INSERT INTO read_model_divisions (table_name, count, next_count, next_at)
  VALUES (?, ?, ?, ?) ON CONFLICT (table_name) DO UPDATE
  SET count = excluded.count, next_count = excluded.next_count, next_at = excluded.next_at`;
const CLEAR_NEXT = `UPDATE read_model_divisions SET next_count = NULL, next_at = NULL
  WHERE table_name = ?`;

const MOST_SLICES = 256;

type SliceStep = Pick<ReadModelStep<object>, 'slice' | 'from' | 'to'>;

/** The slices of one table. Nothing here waits or begins a transaction. */
export interface Slices {
  readonly checkpoint: (slice: Slice) => bigint;
  /** Refuses a step that does not begin where the slice stands, of a slice that is not in force, or too far. */
  readonly guard: (step: SliceStep) => Guard;
  readonly move: (step: Omit<SliceStep, 'from'>) => Write;
  readonly division: () => Division;
  /** The position up to which some rows have come. */
  readonly foremost: () => bigint;
  /** Wants a transaction around it. */
  readonly divide: (count: number) => Division;
  /** Removes the checkpoints; the division stays. */
  readonly clear: () => void;
}

interface StoredDivision {
  readonly count: number | null;
  readonly next_count: number | null;
  readonly next_at: string | null;
  readonly slices: string;
}

export function openSlices(database: SqliteDatabase, table: string): Slices {
  const selectSlice = database.prepare(SELECT_SLICE);
  const upsertSlice = database.prepare(UPSERT_SLICE);
  const removeSlices = database.prepare(DELETE_SLICES);
  const selectDivision = database.prepare(SELECT_DIVISION);
  const upsertDivision = database.prepare(UPSERT_DIVISION);
  const clearNext = database.prepare(CLEAR_NEXT);
  const division = () => divisionOf(selectDivision.get(table, table) as StoredDivision);

  return {
    checkpoint: (slice) => {
      const stored = selectSlice.get(table, sliceId(slice)) as { position: string } | undefined;
      return BigInt(stored?.position ?? 0);
    },
    guard: ({ slice, from, to }) => ({
      sql: REFUSE_STEP,
      values: [table, sliceId(slice), from, slice.count, to],
    }),
    move: ({ slice, to }) => writeOne(UPSERT_SLICE, [table, sliceId(slice), to]),
    division,
    foremost: () => foremost(division().checkpoints),
    divide: (count) => {
      assertCount(count);
      const now = division();
      const at = now.next?.at ?? foremost(now.checkpoints);
      const changes = now.count !== count || now.next !== undefined;
      if (changes && now.checkpoints.some((checkpoint) => checkpoint !== at)) {
        upsertDivision.run(table, now.count, count, at);
        return division();
      }
      upsertDivision.run(table, count, null, null);
      if (!changes) return division();
      removeSlices.run(table);
      for (let index = 0; index < count; index += 1) {
        upsertSlice.run(table, sliceId({ index, count }), at);
      }
      return division();
    },
    clear: () => {
      removeSlices.run(table);
      clearNext.run(table);
    },
  };
}

/** Of slice 0, 1, and so on. `slices`: JSON, positions as texts by slice. */
export function checkpointsOf(count: number, slices: string): readonly bigint[] {
  const positions = JSON.parse(slices) as Readonly<Record<string, string>>;
  return Array.from({ length: count }, (_, index) =>
    BigInt(positions[sliceId({ index, count })] ?? 0),
  );
}

function divisionOf(stored: StoredDivision): Division {
  const count = stored.count ?? 1;
  const checkpoints = checkpointsOf(count, stored.slices);
  if (stored.next_count === null || stored.next_at === null) return { count, checkpoints };
  return { count, checkpoints, next: { count: stored.next_count, at: BigInt(stored.next_at) } };
}

function foremost(checkpoints: readonly bigint[]): bigint {
  let most = 0n;
  for (const checkpoint of checkpoints) if (checkpoint > most) most = checkpoint;
  return most;
}

function assertCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_SLICES) return;
  throw new RangeError(`a table has 1 to ${MOST_SLICES} slices, asked for ${count}`);
}

function sliceId({ index, count }: Slice): string {
  return `${index}/${count}`;
}
