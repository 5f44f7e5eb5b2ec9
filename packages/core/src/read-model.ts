import type { Recorded } from './event-store.ts';
import type { Message } from './message.ts';
import type { SealedMessage } from './personal.ts';
import type { Query } from './query.ts';
import type { StreamName } from './stream-name.ts';

/** A recorded event as a read model sees it: decoded, personal fields sealed, with its place. */
export interface Placed<Event extends Message>
  extends Pick<Recorded, 'id' | 'stream' | 'revision' | 'position' | 'recordedAt' | 'cause'> {
  readonly event: SealedMessage<Event>;
}

/** What an index can hold. A field that is absent is indexed as `null`, before everything else. */
export type Scalar = string | number | null;

/** Fields of the row, in order. Equality on a prefix, one range on the next, in that order. */
export type Indexes<Row> = { readonly [name: string]: readonly (keyof Row & string)[] };

/** What the engine needs to know of a read model. */
export interface ReadModelShape<Row extends object> {
  /** Kebab-case noun, unique in its service. */
  readonly name: string;
  /** Raised when `key`, `evolve` or the indexes change; a new version is built beside the old one. From 1. */
  readonly version: number;
  readonly indexes: Indexes<Row>;
}

/** A keyed fold over a service's own log. Pure, so it runs on every engine and is tested without one. */
export interface ReadModel<Event extends Message, Row extends object> extends ReadModelShape<Row> {
  /** Categories of the streams it reads. */
  readonly categories: readonly string[];
  /**
   * Which rows an event concerns; an empty list when none. A key with half a surrogate pair, or longer than
   * `LIMITS.indexEntryBytes`, stops the read model.
   */
  readonly key: (placed: Placed<Event>) => readonly string[];
  /**
   * The new row; `undefined` deletes it. Called once for each key. A row is a JSON object. One whose indexed
   * fields are no `Scalar`, or larger than `LIMITS.indexEntryBytes`, is a failure, as if this had thrown it.
   */
  readonly evolve: (row: Row | undefined, placed: Placed<Event>, key: string) => Row | undefined;
  /** Where all events of a row are found, more is harmless. Only such a read model can be asked as of a moment. */
  readonly query?: (key: string) => RowEvents;
}

/** Events to look through for one row: whole streams, or what a query matches. */
export type RowEvents = { readonly streams: readonly StreamName[] } | { readonly matching: Query };

/** One of `count` equal parts of the work, by hash of the row key. The whole is `{ index: 0, count: 1 }`. */
export interface Slice {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Slice = { index: 0, count: 1 };

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The slice of `count` that a row key falls into, 0 to `count - 1`: FNV-1a (32 bits, Fowler, Noll and Vo) over
 * the key in UTF-8. Never changes, because rows were applied by it.
 *
 * @example
 * sliceOf('flight-7f3c', 4);
 */
export function sliceOf(key: string, count: number): number {
  let hash = FNV_OFFSET;
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, FNV_PRIME);
  };
  for (const character of key) {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) add(point);
    else {
      if (point < 0x800) add(0xc0 | (point >> 6));
      else {
        if (point < 0x10000) add(0xe0 | (point >> 12));
        else {
          add(0xf0 | (point >> 18));
          add(0x80 | ((point >> 12) & 0x3f));
        }
        add(0x80 | ((point >> 6) & 0x3f));
      }
      add(0x80 | (point & 0x3f));
    }
  }
  return (hash >>> 0) % count;
}

/** A row key that an event could not be folded into: set aside with all that follows for it. */
export interface ParkedRow {
  readonly key: string;
  /** Position of the event that failed. The row is as it was before it. */
  readonly position: bigint;
  /** Id of that event. */
  readonly eventId: string;
  /** What went wrong, in one line. Nothing personal. */
  readonly error: string;
  /** When it was parked, ISO-8601 UTC. */
  readonly since: string;
  /** Events for this key behind the one that failed, up to the checkpoint. */
  readonly waiting: number;
}

/** What tells whether a parked row has changed since it was looked at. */
export type ParkedMark = Pick<ParkedRow, 'position' | 'waiting'>;

/** A change of what is parked under a key. Holds only while the key is as it `was`; nothing: not parked. */
export interface ParkedChange {
  readonly key: string;
  readonly was: ParkedMark | undefined;
  readonly becomes: ParkedRow | undefined;
}

/** One step of a read model: rows and checkpoint change in one transaction, or not at all. */
export interface ReadModelStep<Row> {
  readonly slice: Slice;
  /** The checkpoint these rows were computed from. */
  readonly from: bigint;
  /** The checkpoint afterwards; above `from`. */
  readonly to: bigint;
  /** New rows by key; `undefined` deletes. */
  readonly rows: ReadonlyMap<string, Row | undefined>;
  /** What is parked or waits behind what is parked; only for a table that has `parking`. */
  readonly parked?: readonly ParkedChange[];
}

/** A change of parked rows beside the steps. */
export interface ParkedSettlement<Row> {
  readonly rows: ReadonlyMap<string, Row | undefined>;
  readonly parked: readonly ParkedChange[];
}

/** The rows that are set aside, kept with the rows themselves. */
export interface ReadModelParking<Row extends object> {
  /** The parked ones among these keys. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, ParkedRow>>;
  /** At most `limit` (1 to 1,000) parked rows, those behind `after` in key order; from the first key unless given. */
  readonly list: (limit: number, after?: string) => Promise<readonly ParkedRow[]>;
  /** Compares what is parked with `was` and changes it, with the rows, in one transaction; checkpoints stay. */
  readonly settle: (settlement: ParkedSettlement<Row>) => Promise<'settled' | 'overtaken'>;
}

/** Into how many slices a table is divided, and how far each has come. */
export interface Division {
  readonly count: number;
  /** Of slice 0, 1, and so on. */
  readonly checkpoints: readonly bigint[];
  /** Another division to come: slices go no further than `at`, and when all stand there, they are `count`. */
  readonly next?: { readonly count: number; readonly at: bigint };
}

/**
 * Dividing a table anew. A keyed fold may not see an event twice, so the slices change only where all of them
 * stand at one position: the foremost is held there until the others have come.
 */
export interface ReadModelSlicing {
  /** All of it at one moment. One slice for a table that was never divided. */
  readonly read: () => Promise<Division>;
  /**
   * Divides the table into `count` (1 to 256) slices: at once when all slices stand at one position, else by and
   * by: asked again when they do. From the first call on, steps of other slices than those in force and steps
   * beyond `next.at` are `overtaken`.
   */
  readonly divide: (count: number) => Promise<Division>;
}
