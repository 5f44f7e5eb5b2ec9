import type { ReadModelEngine, Snapshot, Snapshots } from '@tidemark/core';
import { expect } from 'vitest';
import type { ReadModelCase } from './read-model-contract-case.ts';

const SNAPSHOT: Snapshot = {
  revision: 200,
  position: 2n ** 60n + 1n,
  eventId: 'command-1.0',
  state: JSON.stringify({ text: 'é\0🦀', deep: [1, null] }),
  digest: 'abc',
};

export const readModelSnapshotCases: readonly ReadModelCase[] = [
  {
    name: 'a snapshot is answered as it was saved last, each key for itself',
    needs: 'snapshots',
    run: async ({ readModels }) => {
      const snapshots = snapshotsOf(readModels);
      expect(await snapshots.load('a')).toBeUndefined();
      await snapshots.save('a', SNAPSHOT);
      await snapshots.save('A', { ...SNAPSHOT, revision: 7 });
      expect(await snapshots.load('a')).toEqual(SNAPSHOT);
      await snapshots.save('a', { ...SNAPSHOT, revision: 3, state: '1' });
      expect(await snapshots.load('a')).toEqual({ ...SNAPSHOT, revision: 3, state: '1' });
      expect(await snapshots.load('A')).toEqual({ ...SNAPSHOT, revision: 7 });
    },
  },
  {
    name: 'a dropped snapshot is gone, and dropping it again does nothing',
    needs: 'snapshots',
    run: async ({ readModels }) => {
      const snapshots = snapshotsOf(readModels);
      await snapshots.save('a', SNAPSHOT);
      await snapshots.drop('a');
      await snapshots.drop('a');
      expect(await snapshots.load('a')).toBeUndefined();
    },
  },
  {
    name: 'snapshots are there after opening again',
    needs: ['reopen', 'snapshots'],
    run: async ({ readModels, reopen }) => {
      await snapshotsOf(readModels).save('a', SNAPSHOT);
      const again = await (reopen as () => Promise<ReadModelEngine>)();
      expect(await snapshotsOf(again).load('a')).toEqual(SNAPSHOT);
    },
  },
];

function snapshotsOf({ snapshots }: ReadModelEngine): Snapshots {
  if (snapshots === undefined) throw new Error('the engine has no snapshots');
  return snapshots;
}
