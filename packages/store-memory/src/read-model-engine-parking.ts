import type { ParkedChange, ParkedRow, ReadModelParking } from '@tidemark/core';

export interface StoredParked {
  /** By key. */
  readonly parked: Map<string, ParkedRow>;
}

/** The rows set aside. `write` stores rows, all of them or none. */
export function createParking<Row extends object>(
  table: () => StoredParked,
  write: (rows: ReadonlyMap<string, Row | undefined>) => void,
): ReadModelParking<Row> {
  return {
    load: async (keys) => {
      const { parked } = table();
      const found = new Map<string, ParkedRow>();
      for (const key of keys) {
        const row = parked.get(key);
        if (row !== undefined) found.set(key, row);
      }
      return found;
    },
    list: async (limit, after) => {
      const inOrder = [...table().parked.values()]
        .map((row) => ({ row, bytes: Buffer.from(row.key) }))
        .sort((one, other) => Buffer.compare(one.bytes, other.bytes));
      const place = after === undefined ? undefined : Buffer.from(after);
      return inOrder
        .filter(({ bytes }) => place === undefined || Buffer.compare(bytes, place) > 0)
        .slice(0, limit)
        .map(({ row }) => row);
    },
    settle: async ({ rows, parked }) => {
      if (!isAsItWas(table(), parked)) return 'overtaken';
      write(rows);
      changeParked(table(), parked);
      return 'settled';
    },
  };
}

/** Whether every key is still parked as it was, or still not. */
export function isAsItWas({ parked }: StoredParked, changes: readonly ParkedChange[]): boolean {
  return changes.every(({ key, was }) => {
    const is = parked.get(key);
    return is?.position === was?.position && is?.waiting === was?.waiting;
  });
}

export function changeParked({ parked }: StoredParked, changes: readonly ParkedChange[]): void {
  for (const { key, becomes } of changes) {
    if (becomes === undefined) parked.delete(key);
    else parked.set(key, { ...becomes });
  }
}
