/** Work that was begun in log order and ends in any order: how far is all of it done? */
export interface CheckpointWindow {
  /** Notes work at a position, above all begun before. Call the answer when it is done, never when it failed. */
  readonly begin: (position: bigint) => () => void;
  /** Notes that everything up to here has been begun. */
  readonly scanned: (to: bigint) => void;
  /** Nothing at this position or below is undone. */
  readonly checkpoint: () => bigint;
  /** How much is undone. */
  readonly size: () => number;
}

/** Starts with nothing undone up to `from`. */
export function createCheckpointWindow(from: bigint): CheckpointWindow {
  // A Set keeps the order of insertion: the first entry is the lowest position undone.
  const undone = new Set<bigint>();
  let scannedTo = from;

  return {
    begin: (position) => {
      undone.add(position);
      return () => {
        undone.delete(position);
      };
    },
    scanned: (to) => {
      scannedTo = to;
    },
    checkpoint: () => {
      const [lowest] = undone;
      return lowest === undefined ? scannedTo : lowest - 1n;
    },
    size: () => undone.size,
  };
}
