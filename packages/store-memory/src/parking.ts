import { Fault, type ParkedItem, type ParkedKey, type Parking } from '@tidemark/core';

interface StoredItem extends ParkedItem {
  readonly since: string;
}

/** The messages under one key, in their order. */
interface StoredKey {
  readonly items: readonly StoredItem[];
  /** Why the first is not done. */
  readonly error?: string;
}

/** What a file would hold: outlives the `Parking` that works on it. Keys by reader. */
export interface MemoryParkingStorage {
  readonly byReader: Map<string, Map<string, StoredKey>>;
}

/** An empty storage for parked messages in one process. */
export function createMemoryParkingStorage(): MemoryParkingStorage {
  return { byReader: new Map() };
}

/**
 * Parked messages in memory: the executable definition of the port. For tests; nothing survives the process.
 *
 * @example
 * const parking = createMemoryParking();
 */
export function createMemoryParking(
  options: { readonly storage?: MemoryParkingStorage } = {},
): Parking {
  const { byReader } = options.storage ?? createMemoryParkingStorage();
  let closed = false;
  const keysOf = (reader: string): Map<string, StoredKey> => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the parked messages are closed');
    const keys = byReader.get(reader) ?? new Map<string, StoredKey>();
    byReader.set(reader, keys);
    return keys;
  };
  /** Changes the key while that message is its first. */
  const changeFirst = (
    [reader, key, id]: readonly [string, string, string],
    change: (stored: StoredKey) => StoredKey,
  ): boolean => {
    const keys = keysOf(reader);
    const stored = keys.get(key);
    if (stored === undefined || stored.items[0]?.id !== id) return false;
    const changed = change(stored);
    if (changed.items.length === 0) keys.delete(key);
    else keys.set(key, changed);
    return true;
  };

  return {
    parkedAmong: async (reader, keys) => {
      const parked = keysOf(reader);
      return new Set(keys.filter((key) => parked.has(key)));
    },
    park: async ({ reader, key, items, error, at, most }) => {
      const keys = keysOf(reader);
      const stored = keys.get(key);
      if (stored === undefined && error === undefined) return 'free';
      const before = stored?.items ?? [];
      const known = new Set(before.map(({ id }) => id));
      const added = items.filter(({ id }) => !known.has(id) && known.add(id));
      if (added.length === 0) return 'parked';
      const ofReader = [...keys.values()].reduce((sum, one) => sum + one.items.length, 0);
      if (before.length + added.length > most.ofKey) return 'full';
      if (ofReader + added.length > most.ofReader) return 'full';
      const kept = stored ?? (error === undefined ? {} : { error });
      const copies = added.map((item) => ({ ...structuredClone(item), since: at }));
      keys.set(key, { ...kept, items: [...before, ...copies] });
      return 'parked';
    },
    find: async (reader, key) => {
      const stored = keysOf(reader).get(key);
      return stored && parkedKeyOf(key, stored);
    },
    list: async (reader, limit, after) =>
      [...keysOf(reader)]
        .filter(([key]) => after === undefined || compareBytes(key, after) > 0)
        .sort(([one], [other]) => compareBytes(one, other))
        .slice(0, limit)
        .map(([key, stored]) => parkedKeyOf(key, stored)),
    waitingIds: async (reader, key, limit) => {
      const items = keysOf(reader).get(key)?.items ?? [];
      return items.slice(1, 1 + limit).map(({ id }) => id);
    },
    remove: async (reader, key, id) =>
      changeFirst([reader, key, id], ({ items }) => ({ items: items.slice(1) })),
    note: async (reader, key, { id, error }) =>
      changeFirst([reader, key, id], ({ items }) => ({ items, error })),
    close: async () => {
      closed = true;
    },
  };
}

function parkedKeyOf(key: string, { items, error }: StoredKey): ParkedKey {
  const [stored] = items;
  if (stored === undefined) throw new Fault('LOG_CORRUPT', 'a parked key holds no message');
  const { since, ...first } = structuredClone(stored);
  return { key, first, since, ...(error !== undefined && { error }), waiting: items.length - 1 };
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
