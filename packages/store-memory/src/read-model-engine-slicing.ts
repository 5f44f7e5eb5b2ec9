import type { Division, ReadModelSlicing, Slice } from '@tidemark/core';

const MOST_SLICES = 256;

export interface StoredSlices {
  /** By slice. */
  readonly checkpoints: Map<string, bigint>;
  /** Nothing until the table is divided for the first time. */
  division: Omit<Division, 'checkpoints'> | undefined;
}

/** How the rows of a table are divided among projectors. */
export function createSlicing(table: () => StoredSlices): ReadModelSlicing {
  return {
    read: async () => divisionOf(table()),
    divide: async (count) => {
      if (!Number.isInteger(count) || count < 1 || count > MOST_SLICES) {
        throw new RangeError(`a table has 1 to ${MOST_SLICES} slices, asked for ${count}`);
      }
      divide(table(), count);
      return divisionOf(table());
    },
  };
}

/** Whether a step of that slice may go as far as `to`. */
export function isInForce({ division }: StoredSlices, { count }: Slice, to: bigint): boolean {
  if (division === undefined) return true;
  return division.count === count && to <= (division.next?.at ?? to);
}

export function sliceId({ index, count }: Slice): string {
  return `${index}/${count}`;
}

export function divisionOf({ checkpoints, division = { count: 1 } }: StoredSlices): Division {
  const { count } = division;
  const slices = Array.from({ length: count }, (_, index) => sliceId({ index, count }));
  return { ...division, checkpoints: slices.map((slice) => checkpoints.get(slice) ?? 0n) };
}

export function foremostOf(checkpoints: readonly bigint[]): bigint {
  let most = 0n;
  for (const checkpoint of checkpoints) if (checkpoint > most) most = checkpoint;
  return most;
}

function divide(table: StoredSlices, count: number): void {
  const { count: before, checkpoints, next } = divisionOf(table);
  if (before === count && next === undefined) {
    table.division = { count };
    return;
  }
  const at = next?.at ?? foremostOf(checkpoints);
  if (checkpoints.some((checkpoint) => checkpoint !== at)) {
    table.division = { count: before, next: { count, at } };
    return;
  }
  table.checkpoints.clear();
  for (let index = 0; index < count; index += 1) {
    table.checkpoints.set(sliceId({ index, count }), at);
  }
  table.division = { count };
}
