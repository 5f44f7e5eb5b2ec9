import type { Cause, JsonObject } from './message.ts';
import type { Query } from './query.ts';
import type { StreamName } from './stream-name.ts';

/** An event as it goes into the store: already encoded, personal fields sealed. */
export interface NewEvent {
  /** Chosen by the writer, derived from the command id, the same on every retry. */
  readonly id: string;
  readonly stream: StreamName;
  /** Past tense, for example `FlightDeparted`. Stored for ever. */
  readonly type: string;
  /** Version of the shape of `data`: 1 for the first, at most 2^31 - 1; raised together with an upcaster. */
  readonly schema: number;
  readonly data: JsonObject;
  /** Ids or keyed hashes only, for example `seat:4A`; at most 16 of at most 120 characters. */
  readonly tags?: readonly string[];
  readonly cause: Cause;
}

/** A stored event and its place. Never changes. */
export interface Recorded extends NewEvent {
  /** Place in its stream: 0-based, no gaps. */
  readonly revision: number;
  /** Place in the log of its store: from 1, in commit order; no gap can fill later. A decimal string in JSON. */
  readonly position: bigint;
  /**
   * ISO-8601 UTC with milliseconds, by the store's clock, and never earlier than that of the event before, though
   * clocks be set back. For people, and to find a position; events that share it stand in the order of `position`.
   */
  readonly recordedAt: string;
}

/** What must be true at the place where an append commits. */
export type Condition = StreamCondition | QueryCondition;

/**
 * The stream's last revision (from 0), `'none'` for a stream that must not exist, `'some'` for one that must.
 * May name a stream that the append does not write.
 */
export interface StreamCondition {
  readonly stream: StreamName;
  readonly revision: number | 'none' | 'some';
}

/** A dynamic consistency boundary: no event like this has been recorded after that position. */
export interface QueryCondition {
  readonly nothingMatches: Query;
  readonly after: bigint;
}

/** All of it is stored, or nothing. 1 to 1,000 events, over one stream or several. */
export interface AppendRequest {
  /** Stored with the events for good; a later append under the same id answers `duplicate`. */
  readonly commandId?: string;
  /** Hash of what was asked; kept with `commandId`, so that another body under the same id can be told apart. */
  readonly fingerprint?: string;
  readonly events: readonly NewEvent[];
  readonly conditions: readonly Condition[];
}

/** What the store remembers of an accepted command. */
export interface Receipt {
  /** Position of its last event. */
  readonly position: bigint;
  /** The last revision of each stream it wrote. */
  readonly revisions: Readonly<Record<StreamName, number>>;
  readonly fingerprint?: string;
}

/** How an append ended. A connection that died after the commit was sent is the fault `OUTCOME_UNKNOWN`. */
export type AppendResult =
  | ({ readonly kind: 'appended' } & Receipt)
  /** Somebody wrote first; nothing was written. `actual`: the stream's last revision, or the position of an event that matches. */
  | {
      readonly kind: 'conflict';
      readonly condition: Condition;
      readonly actual: number | 'none' | bigint;
    }
  /** This command id is already stored; nothing was written. Looked up before any condition. */
  | { readonly kind: 'duplicate'; readonly first: Receipt };

export interface StreamRange {
  /** First revision wanted; 0 unless given. */
  readonly from?: number;
  /** Last revision wanted, inclusive; the end of the stream unless given. */
  readonly upTo?: number;
}

export interface LogPageRequest {
  /** Only events behind this position; `0n` for the beginning, less is a RangeError. */
  readonly after: bigint;
  /** At most this many events, 1 to 10,000. */
  readonly limit: number;
  /** All events unless given. */
  readonly query?: Query;
  /**
   * For who follows the log beside others: events that were read and checked once may come again from memory, as the
   * same objects. Engines take no notice of it. Read from the store unless given.
   */
  readonly mayShare?: boolean;
}

export interface LogPage {
  /** In position order. */
  readonly events: readonly Recorded[];
  /** How far the page looked, also when little or nothing matched: the checkpoint to continue from. Never below `after`. */
  readonly scannedTo: bigint;
}

/** One thing that was looked at in a store, and what was found. */
export interface StoreCheck {
  /** What was checked, in a few words. */
  readonly check: string;
  readonly isSound: boolean;
  /** What was found, in one line: figures when it is sound, what is wrong when it is not. Nothing personal. */
  readonly detail: string;
}

/** The reads of a store. Every row's checksum is checked; a row that fails is the fault `LOG_CORRUPT`. */
export interface EventReader {
  /** The stream in revision order, in pages, contiguous (else the fault `LOG_CORRUPT`). A stream that does not exist yields nothing. */
  readonly readStream: (
    stream: StreamName,
    range?: StreamRange,
  ) => AsyncIterable<readonly Recorded[]>;
  /** One page of the log. A reader that has seen a position has seen everything below it that will ever exist. */
  readonly readLog: (page: LogPageRequest) => Promise<LogPage>;
  /** Position of the last event; `0n` for an empty log. */
  readonly head: () => Promise<bigint>;
  /** Receipt of an accepted command, `undefined` when the id is not known. */
  readonly findCommand: (commandId: string) => Promise<Receipt | undefined>;
  /** A hint: resolves when there may be events behind `after`, or when `signal` aborts. May resolve early. Never rejects. */
  readonly awaitNews: (after: bigint, signal: AbortSignal) => Promise<void>;
  /**
   * Looks for damage that reading rows cannot show, for example an index that hides events. Takes as long as
   * reading the whole store, leaves the event loop free, and sees one moment of it. Absent where there is nothing to
   * add to reading. @throws STORE_UNAVAILABLE, and the reason of `signal` when it aborts.
   */
  readonly verify?: (signal: AbortSignal) => Promise<readonly StoreCheck[]>;
}

/** What an engine can do of the port. Shared code asks for a capability, never for an engine's name. */
export interface EngineCapabilities {
  /** `nothingMatches` conditions and queries with tags. */
  readonly queries: boolean;
}

/**
 * The half of the port that an adapter implements. Given to people through the coalescing writer
 * of the runtime, which turns it into an `EventStore`.
 */
export interface EventEngine extends EventReader {
  readonly capabilities: EngineCapabilities;
  /**
   * Stores a batch of independent requests in one commit, durable when it resolves (fsync or the
   * engine's equivalent), and answers each by its place. Each request for itself: a conflict or
   * duplicate in one does not touch the others. No two requests of a batch share a command id, and none
   * writes a stream or event that another's condition looks at (the writer sees to both).
   * Rejects when the batch as a whole was not stored (nothing of it is), or with `OUTCOME_UNKNOWN`.
   *
   * An engine that knows without asking its store what it has stored tells `onStored` once the commit is durable,
   * before it announces news: the events in the order of the log, as reading it answers them. Others never call it. It must
   * not throw: the batch is stored by then.
   */
  readonly commit: (
    batch: readonly AppendRequest[],
    onStored?: (events: readonly Recorded[]) => void,
  ) => Promise<readonly AppendResult[]>;
  readonly close: () => Promise<void>;
}

/** The port that services write through. */
export interface EventStore extends EventReader {
  /** Resolves after the commit is on stable storage. @throws a fault with a `code` when the store cannot answer. */
  readonly append: (request: AppendRequest) => Promise<AppendResult>;
}
