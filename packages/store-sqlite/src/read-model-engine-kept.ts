import type { FileChange } from './file-change.ts';
import type { FileWriter } from './file-writer.ts';
import type { SqliteDatabase } from './open-sqlite.ts';
import { droppedFault } from './read-model-engine-catalogue.ts';
import type { Layout } from './read-model-engine-schema.ts';
import { inTransaction } from './transactions.ts';

const SELECT_KEPT = 'SELECT 1 FROM read_model_builds WHERE table_name = ? AND dropped = 0';

/** Runs work on the open file. @throws STORE_UNAVAILABLE after `close`; what SQLite throws, as a fault. */
export type Use = <Result>(work: () => Result) => Promise<Result>;

const REFUSE_DROPPED = `SELECT 'dropped' WHERE NOT EXISTS (
  SELECT 1 FROM read_model_builds WHERE table_name = ? AND dropped = 0)`;

/** Answers whether the change was made, or a guard refused it. */
export type Writing = (change: FileChange) => Promise<'written' | 'overtaken'>;

/** An open file of read models: a connection to read and to decide on, and one to write on. */
export interface OpenReadModels {
  readonly database: SqliteDatabase;
  readonly use: Use;
  readonly write: FileWriter['write'];
}

/** Ways to work on a build that another process may drop at any time: then they throw READ_MODEL_DROPPED. */
export interface Kept {
  /** For what reads the table itself: the look whether it is there costs nothing while it is. */
  readonly reading: Use;
  /** For what reads beside the table. */
  readonly looking: Use;
  /** For what decides while it changes. */
  readonly changing: Use;
  readonly writing: Writing;
}

/** `use` and `write` are those of the open file. */
export function openKept({ database, use, write }: OpenReadModels, { shape, table }: Layout): Kept {
  const select = database.prepare(SELECT_KEPT);
  const assertKept = (): void => {
    if (select.get(table) === undefined) throw droppedFault(shape.name, shape.version);
  };
  return {
    reading: (work) =>
      use(() => {
        try {
          return work();
        } catch (error) {
          assertKept();
          throw error;
        }
      }),
    looking: (work) =>
      use(() => {
        assertKept();
        return work();
      }),
    changing: (work) =>
      use(() =>
        inTransaction(database, () => {
          assertKept();
          return work();
        }),
      ),
    writing: async ({ guards, parts }) => {
      const isKept = { sql: REFUSE_DROPPED, values: [table] };
      const refused = await write({ guards: [isKept, ...guards], parts });
      if (refused === 'dropped') throw droppedFault(shape.name, shape.version);
      return refused === undefined ? 'written' : 'overtaken';
    },
  };
}
