// Castore in memory: keeps nothing on disk, so for scale only.
import { createCastorePeer } from './castore-peer.mjs';
import { load } from './load.mjs';
import { contestAsPeer } from './peer-workloads.ts';

const { InMemoryEventStorageAdapter } = await load('@castore/event-storage-adapter-in-memory');

contestAsPeer(() =>
  createCastorePeer(new InMemoryEventStorageAdapter({ initialEvents: [] }), async () => {}),
);
