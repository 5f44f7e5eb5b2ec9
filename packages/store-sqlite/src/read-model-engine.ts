import {
  type Checkpoints,
  Fault,
  type ReadModelEngine,
  type ReadModelShape,
  type TableShape,
} from '@tidemark/core';
import { writeOne } from './file-change.ts';
import { createFileWriter } from './file-writer.ts';
import { fileOf, openSqlite } from './open-sqlite.ts';
import { createBuilds } from './read-model-engine-builds.ts';
import { createCatalogue } from './read-model-engine-catalogue.ts';
import type { OpenReadModels, Use } from './read-model-engine-kept.ts';
import { openLayout } from './read-model-engine-schema.ts';
import { createSnapshots } from './read-model-engine-snapshots.ts';
import { createTable } from './read-model-engine-table.ts';
import { faultOf } from './sqlite-faults.ts';
import { inTransaction } from './transactions.ts';

const SELECT_CHECKPOINT =
  'SELECT CAST(position AS TEXT) AS position FROM checkpoints WHERE name = ?';
const UPSERT_CHECKPOINT = `INSERT INTO checkpoints (name, position) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET position = excluded.position`;

/**
 * Opens (or creates) a file of read models and checkpoints, apart from the log they are built from. Several
 * processes may work on it. After a power failure the last commits may be missing, always rows together with
 * their checkpoints: readers go on from there.
 *
 * @throws STORE_UNAVAILABLE when the file cannot be opened; CONFIGURATION_INVALID for a database in memory.
 *
 * @example
 * const readModels = await openSqliteReadModels('./data/flights.read.db');
 * const table = await readModels.open({ name: 'flights', version: 1, indexes: { status: ['status'] } });
 */
export async function openSqliteReadModels(path: string): Promise<ReadModelEngine> {
  const database = await openSqlite(path);
  const file = fileOf(database);
  const writer = createFileWriter(file);
  let closed = false;
  const use: Use = async (work) => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the read models are closed');
    try {
      return work();
    } catch (error) {
      throw faultOf(error);
    }
  };

  try {
    if (file === '') throw new Fault('CONFIGURATION_INVALID', 'read models on SQLite need a file');
    // All of it can be rebuilt from the log, so no commit waits for the disk; the file stays consistent.
    database.exec('PRAGMA synchronous = NORMAL');
    createCatalogue(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const opened: OpenReadModels = { database, use, write: writer.write };
  return {
    open: <Row extends object>(shape: ReadModelShape<Row>, build?: number) =>
      use(() =>
        inTransaction(database, () => {
          const layout = openLayout(database, shape as TableShape, build);
          return createTable<Row>(opened, layout);
        }),
      ),
    builds: createBuilds(database, use),
    checkpoints: createCheckpoints(opened),
    snapshots: createSnapshots(opened),
    close: async () => {
      if (closed) return;
      closed = true;
      await writer.close();
      database.close();
    },
  };
}

function createCheckpoints({ database, use, write }: OpenReadModels): Checkpoints {
  const select = database.prepare(SELECT_CHECKPOINT);
  return {
    load: (name) =>
      use(() => {
        const stored = select.get(name) as { readonly position: string } | undefined;
        return BigInt(stored?.position ?? 0);
      }),
    save: async (name, position) => {
      await write({ guards: [], parts: [[writeOne(UPSERT_CHECKPOINT, [name, position])]] });
    },
  };
}
