import type { JsonObject } from './message.ts';

/** A message that is set aside: as it came, or what leads back to it. Personal fields sealed. */
export interface ParkedItem {
  /** The same each time the message comes. */
  readonly id: string;
  readonly body: JsonObject;
}

/** A key that is set aside: at least one message. */
export interface ParkedKey {
  readonly key: string;
  readonly first: ParkedItem;
  /** When the first was set aside, ISO-8601 UTC. */
  readonly since: string;
  /** Why the first is not done, in one line. Nothing personal. Absent when it waited and has not been tried since. */
  readonly error?: string;
  /** Messages behind the first. */
  readonly waiting: number;
}

/** Messages to be set aside under one key. */
export interface ParkRequest {
  /** Whose they are: name of an inbox or process. */
  readonly reader: string;
  readonly key: string;
  /** In the order in which they came; at least one. */
  readonly items: readonly ParkedItem[];
  /** Why the first of them failed: parks the key. Left out: they wait where the key is parked already, and only there. */
  readonly error?: string;
  /** ISO-8601 UTC. */
  readonly at: string;
  /** At most so many messages under one key, and under all keys of the reader. */
  readonly most: { readonly ofKey: number; readonly ofReader: number };
}

/**
 * What readers have set aside, on stable storage beside the log: a message stays until it was handled or skipped. A
 * key is parked as long as there is a message under it. Several may work on one place; every change is one
 * transaction, durable when it resolves. Rejects with STORE_UNAVAILABLE when the place does not answer;
 * repeating a call after that is harmless.
 */
export interface Parking {
  /** Those among the keys that are parked. */
  readonly parkedAmong: (reader: string, keys: readonly string[]) => Promise<ReadonlySet<string>>;
  /**
   * Puts messages behind all that are under the key, all or none; one that is there stays where and as it is.
   * Answers `free` (nothing stored) when they would wait and the key is not parked, `full` (nothing stored) when a
   * bound would be passed.
   */
  readonly park: (request: ParkRequest) => Promise<'parked' | 'free' | 'full'>;
  readonly find: (reader: string, key: string) => Promise<ParkedKey | undefined>;
  /** At most `limit` (1 to 1,000), those behind `after` in the order of the keys' UTF-8 bytes; from the first unless given. */
  readonly list: (reader: string, limit: number, after?: string) => Promise<readonly ParkedKey[]>;
  /** Ids of those that wait behind the first, in order; at most `limit`. */
  readonly waitingIds: (reader: string, key: string, limit: number) => Promise<readonly string[]>;
  /** Takes the first message off, for good. Answers `false` (nothing changed) when another one is first. */
  readonly remove: (reader: string, key: string, id: string) => Promise<boolean>;
  /** Notes why the first message is not done. Answers `false` (nothing changed) when another one is first. */
  readonly note: (
    reader: string,
    key: string,
    noted: { readonly id: string; readonly error: string },
  ) => Promise<boolean>;
  readonly close: () => Promise<void>;
}
