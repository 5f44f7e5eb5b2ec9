// The DCB event store for PostgreSQL: an append under the condition that nothing carries both tags.
import pg from 'pg';
import { load } from './load.mjs';
import { contestAsPeer, createDatabase } from './peer-workloads.ts';

const { Query, Tags } = await load('@dcb-es/event-store');
const { PostgresEventStore } = await load('@dcb-es/event-store-postgres');

const CONNECTIONS = 16;
const METADATA = { correlationId: 'a3bb189e-8bf9-3888-9912-ace4e6543002', actor: 'user-1842' };

contestAsPeer(async (task) => {
  const database = await createDatabase(task);
  const pool = new pg.Pool({ connectionString: database.url, max: CONNECTIONS });
  const store = new PostgresEventStore({ pool });
  await store.ensureInstalled();
  let after;
  return {
    append: async () => {
      throw new Error('it has no streams');
    },
    appendTagged: async (values, data) => {
      const tags = Tags.from([...values]);
      const failIfEventsMatch = Query.fromItems([{ types: ['SeatBooked'], tags }]);
      after = await store.append({
        events: { type: 'SeatBooked', tags, data, metadata: METADATA },
        condition: after === undefined ? { failIfEventsMatch } : { failIfEventsMatch, after },
      });
    },
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
});
