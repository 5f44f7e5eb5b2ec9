// Castore on PostgreSQL: one event an append, no order between streams, no subscriptions.
import { createCastorePeer } from './castore-peer.mjs';
import { load } from './load.mjs';
import { contestAsPeer, createDatabase } from './peer-workloads.ts';

const { PostgresEventStorageAdapter } = await load('@castore/event-storage-adapter-postgres');

contestAsPeer(async (task) => {
  const database = await createDatabase(task);
  const connectionString = database.url;
  const aggregateId = { type: 'VARCHAR', length: 100 };
  await PostgresEventStorageAdapter.createEventTable({ connectionString, aggregateId });
  return createCastorePeer(new PostgresEventStorageAdapter({ connectionString }), database.drop);
});
