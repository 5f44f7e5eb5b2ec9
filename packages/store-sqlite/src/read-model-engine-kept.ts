import { inTransaction, type SqliteDatabase } from './open-sqlite.ts';
import { droppedFault } from './read-model-engine-catalogue.ts';
import type { Layout } from './read-model-engine-schema.ts';

const SELECT_KEPT = 'SELECT 1 FROM read_model_builds WHERE table_name = ? AND dropped = 0';

/** Runs work on the open file. @throws STORE_UNAVAILABLE after `close`; what SQLite throws, as a fault. */
export type Use = <Result>(work: () => Result) => Promise<Result>;

/** `prepare` makes ready before the write lock is taken; what it answers runs under it. */
export type Changing = <Result>(prepare: () => () => Result) => Promise<Result>;

/** Ways to work on a build that another process may drop at any time: then they throw READ_MODEL_DROPPED. */
export interface Kept {
  /** For what reads the table itself: the look whether it is there costs nothing while it is. */
  readonly reading: Use;
  /** For what reads beside the table. */
  readonly looking: Use;
  readonly changing: Changing;
}

export function openKept(database: SqliteDatabase, { shape, table }: Layout, use: Use): Kept {
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
    changing: (prepare) =>
      use(() => {
        const work = prepare();
        return inTransaction(database, () => {
          assertKept();
          return work();
        });
      }),
  };
}
