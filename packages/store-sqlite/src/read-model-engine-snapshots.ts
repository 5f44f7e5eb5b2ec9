import type { Snapshot, Snapshots } from '@tidemark/core';
import { writeOne } from './file-change.ts';
import type { OpenReadModels } from './read-model-engine-kept.ts';
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

export function createSnapshots({ database, use, write }: OpenReadModels): Snapshots {
  const select = database.prepare(SELECT_SNAPSHOT);
  return {
    load: (key) =>
      use(() => {
        const stored = select.get(encodeText(key)) as StoredSnapshot | undefined;
        if (stored === undefined) return undefined;
        const { revision, position, event_id: eventId, state, digest } = stored;
        return { revision, position: BigInt(position), eventId, state, digest };
      }),
    save: async (key, { revision, position, eventId, state, digest }) => {
      const values = [encodeText(key), revision, position, eventId, state, digest];
      await write({ guards: [], parts: [[writeOne(UPSERT_SNAPSHOT, values)]] });
    },
    drop: async (key) => {
      await write({ guards: [], parts: [[writeOne(DELETE_SNAPSHOT, [encodeText(key)])]] });
    },
  };
}
