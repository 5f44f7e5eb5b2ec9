import type { JsonObject } from './message.ts';

/** Anything that runs until told to stop: server, projector, relay, consumer. */
export interface Runnable {
  readonly name: string;
  /** Resolves after a clean stop. Rejects when it cannot go on; it is then started again. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface Clock {
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Calls `wake` once, after that time; never when what it answered was called before. */
  readonly after: (forMs: number, wake: () => void) => () => void;
  /** Resolves after that time, or at once when `signal` aborts. Never rejects. */
  readonly sleep: (forMs: number, signal: AbortSignal) => Promise<void>;
}

/** Lines for people who run the platform. Fields hold ids and figures, never personal data or secrets. */
export interface Logger {
  readonly debug: (message: string, fields?: JsonObject) => void;
  readonly info: (message: string, fields?: JsonObject) => void;
  readonly warn: (message: string, fields?: JsonObject) => void;
  readonly error: (message: string, fields?: JsonObject) => void;
  /** A logger that adds these fields to every line. */
  readonly with: (fields: JsonObject) => Logger;
}

/**
 * Who does the work just now. Saves work among replicas; correctness never rests on it: a holder that stands
 * still for longer than its lease lasts works beside the next one for a moment.
 */
export interface Leases {
  /**
   * Runs `work` while nobody else holds `name`, waiting its turn first. The signal given to `work` aborts when the
   * lease is lost or `signal` aborts; work must end soon after. Settles as `work` does; resolves without working when
   * `signal` aborts while it waits. @throws STORE_UNAVAILABLE once closed.
   */
  readonly hold: (
    name: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Ends waiting, and takes from those that work what they hold. */
  readonly close: () => Promise<void>;
}

/**
 * The half of `Leases` that an engine implements: a row for each name, with a holder and a time until which it is
 * theirs, by one clock that all who share the place go by.
 */
export interface LeaseStorage {
  /** Takes it when it is free or expired, renews it when `holder` has it. Answers whether `holder` has it now. */
  readonly take: (name: string, holder: string, expiresAfterMs: number) => Promise<boolean>;
  /** Frees it, when that holder has it. */
  readonly release: (name: string, holder: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A reminder: fires at least once, never early, and survives restarts. */
export interface Timer {
  /** Derived from what set it, so that setting it again changes nothing. */
  readonly id: string;
  /** Milliseconds since 1970 UTC, a whole number. */
  readonly dueAtMs: number;
  /** Name of the process it is for. */
  readonly owner: string;
  /** The input to feed back, as it is to be stored: personal fields sealed. */
  readonly input: JsonObject;
}

/**
 * Reminders on stable storage. What `set` and `cancel` did is durable when they resolve. Asked for one owner at a
 * time, so that one process that is stuck does not stand before the others. Rejects with STORE_UNAVAILABLE when the
 * place does not answer; repeating a call after that is harmless.
 */
export interface Timers {
  /** All of them or none. One whose id is there already stays as it is. */
  readonly set: (timers: readonly Timer[]) => Promise<void>;
  /** Ids that are not there are passed over. */
  readonly cancel: (ids: readonly string[]) => Promise<void>;
  /** Those of that owner due at `nowMs` or before, earliest first, then by id. They stay until cancelled. */
  readonly due: (request: {
    readonly owner: string;
    readonly nowMs: number;
    /** At least 1. */
    readonly limit: number;
  }) => Promise<readonly Timer[]>;
  /** When the next one of that owner is due, later than `afterMs`; `undefined` when there is none. */
  readonly nextDueAtMs: (owner: string, afterMs: number) => Promise<number | undefined>;
  /**
   * Those of every owner, due or not: at most `limit` (1 to 1,000), behind the id `after`, in an order of their ids
   * that stays the same; from the first unless given. For looking at all of them, not for firing them.
   */
  readonly list: (limit: number, after?: string) => Promise<readonly Timer[]>;
  readonly close: () => Promise<void>;
}
