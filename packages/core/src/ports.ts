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

/** Who does the work just now. Saves work among replicas; correctness never rests on it. */
export interface Leases {
  /** Runs `work` while this process alone holds `name`, waiting its turn first. The signal given to `work` aborts when the lease is lost. */
  readonly hold: (
    name: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
}

/** A reminder: fires at least once, never early, and survives restarts. */
export interface Timer {
  /** Derived from what set it, so that setting it again changes nothing. */
  readonly id: string;
  /** Milliseconds since 1970 UTC. */
  readonly dueAtMs: number;
  /** Name of the process it is for. */
  readonly owner: string;
  /** The input to feed back. */
  readonly input: JsonObject;
}

export interface Timers {
  readonly set: (timers: readonly Timer[]) => Promise<void>;
  readonly cancel: (ids: readonly string[]) => Promise<void>;
  /** Due at `nowMs` or before, earliest first. They stay until cancelled. */
  readonly due: (nowMs: number, limit: number) => Promise<readonly Timer[]>;
  /** When the next one is due; `undefined` when there is none. */
  readonly nextDueAtMs: () => Promise<number | undefined>;
}
