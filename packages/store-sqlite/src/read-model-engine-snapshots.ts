import type { Snapshot, Snapshots } from '@tidemark/core';
import type { SqliteDatabase } from './open-sqlite.ts';
import { encodeText } from './read-model-engine-values.ts';

const SELECT_SNAPSHOT = `SELECT revision, CAST(position AS TEXT) AS position, event_id, state, digest
  FROM snapshots WHERE key = ?`;
const UPSERT_SNAPSHOT = `INSERT INTO snapshots (key, revision, position, event_id, state, digest)
  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET revision = excluded.revision,
  position = excluded.position, event_id = excluded.event_id, state = excluded.state,
  digest = excluded.digest`;
const DELETE_SNAPSHOT = 'DELETE FROM snapshots WHERE key = ?';

interface StoredSnapshot extends Omit<Snapshot, 'position' | 'eventId'> {
  readonly position: string;
  readonly event_id: string;
}

/** `use` runs work on the open file and turns what SQLite throws into faults. */
export function createSnapshots(
  database: SqliteDatabase,
  use: <Result>(work: () => Result) => Promise<Result>,
): Snapshots {
  const select = database.prepare(SELECT_SNAPSHOT);
  const upsert = database.prepare(UPSERT_SNAPSHOT);
  const remove = database.prepare(DELETE_SNAPSHOT);
  return {
    load: (key) =>
      use(() => {
        const stored = select.get(encodeText(key)) as StoredSnapshot | undefined;
        if (stored === undefined) return undefined;
        const { revision, position, event_id: eventId, state, digest } = stored;
        return { revision, position: BigInt(position), eventId, state, digest };
      }),
    save: (key, { revision, position, eventId, state, digest }) =>
      use(() => {
        upsert.run(encodeText(key), revision, position, eventId, state, digest);
      }),
    drop: (key) =>
      use(() => {
        remove.run(encodeText(key));
      }),
  };
}
