import type { Division, ReadModelSlicing, Slice } from '@tidemark/core';
import { aboutModel, type Change, createChange } from './change.ts';
import { textArray } from './pg-arrays.ts';
import type { Pool } from './pool.ts';
import { droppedFault } from './read-model-kept.ts';
import type { Layout } from './read-model-layout.ts';
import type { RunRead } from './run-read.ts';
import { inTransaction } from './transaction.ts';

/** A row for each slice, at least one; all of one moment. */
const READ_DIVISION = `select model.slices, model.next_slices, model.next_at, stored.slice, stored.position
from {schema}.read_models model
left join {schema}.read_model_slices stored on stored.read_model = model.number
where model.number = $1 and not model.dropped`;
/** First steps of a slice wait for it, and see what is in force afterwards. */
const LOCK_DIVISION = 'select from {schema}.read_models where number = $1 for update';
/** Other steps hold the row of their slice. */
const LOCK_SLICES = 'select from {schema}.read_model_slices where read_model = $1 for update';
const LOCK_PARKED =
  'select from {schema}.read_model_parked where read_model = $1 order by key for update';
const SET_DIVISION = `update {schema}.read_models set slices = $2, next_slices = $3, next_at = $4
where number = $1`;
const HOLD_SLICES = 'update {schema}.read_model_slices set goes_to = $2 where read_model = $1';
const DELETE_SLICES = 'delete from {schema}.read_model_slices where read_model = $1';
const DELETE_PARKED = 'delete from {schema}.read_model_parked where read_model = $1';
const MAKE_SLICES = `insert into {schema}.read_model_slices (read_model, slice, position)
select $1, made.slice, made.position from unnest($2::text[], $3::bigint[]) as made (slice, position)`;
const CLEAR_NEXT = `update {schema}.read_models set next_slices = null, next_at = null
where number = $1`;

const MOST_SLICES = 256;

type StoredDivision = readonly [
  slices: string | null,
  nextSlices: string | null,
  nextAt: string | null,
  slice: string | null,
  position: string | null,
];

export interface SlicingParts {
  readonly pool: Pool;
  readonly run: RunRead;
  readonly layout: Layout;
  readonly schema: string;
}

/** How the rows of a table are divided among projectors. */
export function createSlicing({ pool, run, layout, schema }: SlicingParts): ReadModelSlicing {
  return {
    read: async () => divisionOf(await run<StoredDivision>(READ_DIVISION, [layout.number])),
    divide: async (count) => {
      if (!Number.isInteger(count) || count < 1 || count > MOST_SLICES) {
        throw new RangeError(`a table has 1 to ${MOST_SLICES} slices, asked for ${count}`);
      }
      return await inTransaction(pool, (client) => {
        const change = aboutModel(createChange(client, schema), layout.number);
        return divide(change, count);
      });
    },
  };
}

/** Removes rows, what is parked, and checkpoints; the division stays. Nothing of a step under way is left. */
export function clearTable({ pool, layout, schema }: SlicingParts): Promise<void> {
  return inTransaction(pool, async (client) => {
    const change = aboutModel(createChange(client, schema), layout.number);
    // In the order in which steps lock them. First steps of a slice that are under way have then committed; others
    // hold the row of their slice.
    for (const lock of [LOCK_PARKED, LOCK_DIVISION]) await change(lock);
    const { slices } = storedDivision(await change<StoredDivision>(READ_DIVISION));
    await change(DELETE_SLICES);
    if (slices !== null) await makeSlices(change, Array<bigint>(Number(slices)).fill(0n));
    for (const statement of [CLEAR_NEXT, DELETE_PARKED]) await change(statement);
    await client.query(`delete from ${layout.table}`);
  });
}

/** How a table is divided now; to be asked behind its locks. @throws READ_MODEL_DROPPED */
export async function readDivision(change: Change): Promise<Division> {
  return divisionOf(await change<StoredDivision>(READ_DIVISION));
}

/** Steps of the table, also first ones, wait until the transaction ends. */
export async function lockSlices(change: Change): Promise<void> {
  await change(LOCK_DIVISION);
  await change(LOCK_SLICES);
}

export function sliceId({ index, count }: Slice): string {
  return `${index}/${count}`;
}

/** Each statement sees what was committed when the locks were taken. */
export async function divide(change: Change, count: number): Promise<Division> {
  await lockSlices(change);
  const stored = await change<StoredDivision>(READ_DIVISION);
  const now = divisionOf(stored);
  const isInForce = now.count === count && now.next === undefined;
  if (isInForce && storedDivision(stored).slices !== null) return now;
  const at = now.next?.at ?? foremost(now.checkpoints);
  if (!isInForce && now.checkpoints.some((checkpoint) => checkpoint !== at)) {
    await change(SET_DIVISION, now.count, count, at.toString());
    await change(HOLD_SLICES, at.toString());
    return { ...now, next: { count, at } };
  }
  const checkpoints = isInForce ? now.checkpoints : Array<bigint>(count).fill(at);
  await change(DELETE_SLICES);
  await change(SET_DIVISION, count, null, null);
  await makeSlices(change, checkpoints);
  return { count, checkpoints };
}

async function makeSlices(change: Change, checkpoints: readonly bigint[]): Promise<void> {
  const count = checkpoints.length;
  const slices = checkpoints.map((_, index) => sliceId({ index, count }));
  await change(MAKE_SLICES, textArray(slices), textArray(checkpoints.map(String)));
}

function divisionOf(stored: readonly StoredDivision[]): Division {
  const { slices, nextSlices, nextAt } = storedDivision(stored);
  const count = Number(slices ?? 1);
  const positions = new Map(stored.map(([, , , slice, position]) => [slice, position]));
  const checkpoints = Array.from({ length: count }, (_, index) =>
    BigInt(positions.get(sliceId({ index, count })) ?? 0),
  );
  if (nextSlices === null || nextAt === null) return { count, checkpoints };
  return { count, checkpoints, next: { count: Number(nextSlices), at: BigInt(nextAt) } };
}

function storedDivision([first]: readonly StoredDivision[]) {
  if (first === undefined) throw droppedFault();
  const [slices, nextSlices, nextAt] = first;
  return { slices, nextSlices, nextAt };
}

function foremost(checkpoints: readonly bigint[]): bigint {
  let most = 0n;
  for (const checkpoint of checkpoints) if (checkpoint > most) most = checkpoint;
  return most;
}
