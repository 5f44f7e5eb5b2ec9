import type { Erasure, JsonObject } from '@tidemark/core';

/** How far the search for data of a subject has come, in one service after the other. */
export interface SubjectProgress {
  readonly service: string;
  /** What is searched just now. */
  readonly place: 'log' | 'read-models' | 'timers' | 'parked';
  /** Position in the log up to which it was searched; elsewhere, how many things were looked at there. Grows. */
  readonly done: bigint;
  /** Where the log ended when the search began; absent elsewhere, where nothing is counted first. */
  readonly total?: bigint;
}

export interface SubjectSearch {
  /** Ends the search early: it rejects with the reason of the signal. A key that was deleted stays deleted. */
  readonly signal?: AbortSignal;
  /** Called at least once for each place, and once a page while it is searched. */
  readonly onProgress?: (progress: SubjectProgress) => void;
}

/** How many events of a type hold sealed values of the subject in one field. */
export interface SealedField {
  /** Type of the event, for example `PassengerRenamed`. */
  readonly type: string;
  /** Path of the field in the stored data, `[]` standing for every item of a list: `companions[].name`. */
  readonly field: string;
  readonly events: number;
}

/** What one service holds of a subject: after an erasure, what cannot be read there any more. */
export interface SubjectHoldings {
  readonly service: string;
  /** Events that hold a sealed value of the subject. */
  readonly events: number;
  /** Where in them; an event with two such fields counts in both. By type, then field. */
  readonly fields: readonly SealedField[];
  /** Streams with such events. */
  readonly streams: number;
  /** Rows that hold a sealed value of the subject, by read model; those without any are left out. */
  readonly rows: readonly {
    readonly readModel: string;
    readonly version: number;
    readonly rows: number;
  }[];
  /** Read models whose engine cannot be searched. What they hold of the subject is sealed as all else is. */
  readonly unsearched: readonly string[];
  /** Reminders that wait with a sealed value of the subject. */
  readonly timers: number;
  /** Keys of consumers that are parked at a message with a sealed value of the subject. */
  readonly parked: number;
}

/** What an erasure did, as JSON. Holds ids and counts, nothing personal. */
export interface ErasureReport {
  readonly subject: string;
  readonly outcome: Erasure;
  /** When the key was gone, ISO-8601 UTC: the search for the report came after it. */
  readonly at: string;
  readonly services: readonly SubjectHoldings[];
}

/** One thing that is kept about a subject, as JSON. Its own personal values are opened, or `{"erased": true}`. */
export type SubjectRecord =
  | {
      readonly kind: 'event';
      readonly service: string;
      readonly stream: string;
      readonly type: string;
      readonly revision: number;
      /** Place in the log of its service, a decimal string. */
      readonly position: string;
      readonly recordedAt: string;
      /** As it was stored. Personal values of other people are `{"withheld": true}`. */
      readonly data: JsonObject;
    }
  | {
      readonly kind: 'row';
      readonly service: string;
      readonly readModel: string;
      readonly version: number;
      readonly key: string;
      readonly data: JsonObject;
    }
  | {
      readonly kind: 'timer';
      readonly service: string;
      readonly id: string;
      /** Name of the process that it is for. */
      readonly owner: string;
      /** When it fires, ISO-8601 UTC. */
      readonly dueAt: string;
      readonly data: JsonObject;
    };

/** What operators do for a data subject, over all services that share the store of keys. */
export interface SubjectOperations {
  /**
   * What every service holds of the subject, counted: what an erasure would make unreadable. Changes nothing. The same
   * for a subject that is erased, whose values are there still as ciphertext. Throws what the stores throw.
   */
  readonly holdings: (
    subject: string,
    search?: SubjectSearch,
  ) => Promise<readonly SubjectHoldings[]>;
  /**
   * Deletes the key of the subject for good, first of all, and then tells what cannot be read any more where.
   * `subject` is an id (1 to 500 characters). Repeating it changes nothing and gives the same report, but for `outcome`
   * and what was written since. @throws KEYS_UNAVAILABLE, and then it is to be repeated; what the stores throw
   * while the report is made: the key is gone by then, and repeating makes the report.
   */
  readonly erase: (subject: string, search?: SubjectSearch) => Promise<ErasureReport>;
  /**
   * Everything that is kept about the subject: events that hold a value of theirs or name them in their stream
   * (`<category>-<subject>`) or a tag (`<name>:<subject>` or the subject itself), then rows, then reminders, service
   * by service. One page is held in memory at a time. Nothing is yielded for a subject never seen.
   */
  readonly export: (subject: string, search?: SubjectSearch) => AsyncIterable<SubjectRecord>;
}
