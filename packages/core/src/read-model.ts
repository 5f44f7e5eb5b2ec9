import type { Recorded } from './event-store.ts';
import type { Message } from './message.ts';
import type { SealedMessage } from './personal.ts';

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
  /** Which rows an event concerns; an empty list when none. */
  readonly key: (placed: Placed<Event>) => readonly string[];
  /** The new row; `undefined` deletes it. Called once for each key. A row is a JSON object. */
  readonly evolve: (row: Row | undefined, placed: Placed<Event>, key: string) => Row | undefined;
}

/** One of `count` equal parts of the work, by hash of the row key. The whole is `{ index: 0, count: 1 }`. */
export interface Slice {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Slice = { index: 0, count: 1 };

/** One step of a read model: rows and checkpoint change in one transaction, or not at all. */
export interface ReadModelStep<Row> {
  readonly slice: Slice;
  /** The checkpoint these rows were computed from. */
  readonly from: bigint;
  /** The checkpoint afterwards; above `from`. */
  readonly to: bigint;
  /** New rows by key; `undefined` deletes. */
  readonly rows: ReadonlyMap<string, Row | undefined>;
}

/** A question to one declared index. */
export interface FindRequest {
  /** Name of the index. */
  readonly index: string;
  /** Values for a prefix of its fields. */
  readonly equals: readonly Scalar[];
  /** Bounds, inclusive, on the field after the prefix. */
  readonly range?: { readonly from?: Scalar; readonly upTo?: Scalar };
  /** Order of the fields after the prefix, then of the key. `ascending` unless given. */
  readonly order?: 'ascending' | 'descending';
  /** 1 to 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface FoundPage<Row> {
  readonly items: readonly Row[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** The rows of one read model version. */
export interface ReadModelTable<Row extends object> {
  /** How far the slice has come; `0n` at first. */
  readonly checkpoint: (slice: Slice) => Promise<bigint>;
  /** The rows that exist among these keys. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>;
  /** Compares the checkpoint with `from` and sets it, with the rows; `overtaken` (nothing changed) when it differs. */
  readonly apply: (step: ReadModelStep<Row>) => Promise<'applied' | 'overtaken'>;
  readonly get: (key: string) => Promise<Row | undefined>;
  /** @throws CURSOR_INVALID when the cursor is not of this question. */
  readonly find: (request: FindRequest) => Promise<FoundPage<Row>>;
  /** Removes all rows and checkpoints, so that it starts from the beginning. */
  readonly clear: () => Promise<void>;
}

/** How far a named reader has come. Losing one costs work, never truth: readers repeat harmlessly. */
export interface Checkpoints {
  /** `0n` for a name never seen. */
  readonly load: (name: string) => Promise<bigint>;
  readonly save: (name: string, position: bigint) => Promise<void>;
}

/** Where a service keeps what can be rebuilt from its log. */
export interface ReadModelEngine {
  /** Opens the table of this version, making it when it does not exist. */
  readonly open: <Row extends object>(shape: ReadModelShape<Row>) => Promise<ReadModelTable<Row>>;
  readonly checkpoints: Checkpoints;
  readonly close: () => Promise<void>;
}
