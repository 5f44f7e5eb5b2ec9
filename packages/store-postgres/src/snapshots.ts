import type { Snapshots } from '@tidemark/core';
import type { RunRead } from './run-read.ts';
import { decodeText, encodeText } from './stored-values.ts';

const READ_SNAPSHOT = `select revision, position, event_id, state, digest
from {schema}.snapshots where key = $1`;
/** One that is lost costs work, so it does not wait for the disk. */
const SAVE_SNAPSHOT = `insert into {schema}.snapshots (key, revision, position, event_id, state, digest)
values ($1, $2, $3, $4, $5, $6)
on conflict (key) do update set revision = excluded.revision, position = excluded.position,
  event_id = excluded.event_id, state = excluded.state, digest = excluded.digest
returning set_config('synchronous_commit', 'off', true)`;
const DROP_SNAPSHOT = 'delete from {schema}.snapshots where key = $1';

type StoredSnapshot = readonly [
  revision: string,
  position: string,
  eventId: string,
  state: string,
  digest: string,
];

/** Snapshots beside the read models. */
export function createSnapshots(run: RunRead): Snapshots {
  return {
    load: async (key) => {
      const [stored] = await run<StoredSnapshot>(READ_SNAPSHOT, [encodeText(key)]);
      if (stored === undefined) return undefined;
      const [revision, position, eventId, state, digest] = stored;
      return {
        revision: Number(revision),
        position: BigInt(position),
        eventId: decodeText(eventId),
        state,
        digest,
      };
    },
    save: async (key, { revision, position, eventId, state, digest }) => {
      const place = [revision, position.toString(), encodeText(eventId)];
      await run(SAVE_SNAPSHOT, [encodeText(key), ...place, state, digest]);
    },
    drop: async (key) => {
      await run(DROP_SNAPSHOT, [encodeText(key)]);
    },
  };
}
