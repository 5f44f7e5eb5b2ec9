import type { SqliteValue } from './open-sqlite.ts';

/** A question that refuses a change by answering a row: its one column says why. */
export interface Guard {
  readonly sql: string;
  readonly values: readonly SqliteValue[];
}

/** A statement, run for each row of its values. */
export interface Write {
  readonly sql: string;
  readonly columns: number;
  /** One row after the other. */
  readonly values: readonly SqliteValue[];
}

/** One transaction. */
export interface FileChange {
  /** Asked in turn before anything is written. */
  readonly guards: readonly Guard[];
  /** What to write, in parts that are sent as they are made: between two of them others get a turn. */
  readonly parts: Iterable<readonly Write[]>;
}

/** A statement that is run once. */
export function writeOne(sql: string, values: readonly SqliteValue[]): Write {
  return { sql, columns: values.length, values };
}
