// Emmett on SQLite: with its own pool (a connection an operation), or on one connection that callers share.
import { load } from './load.mjs';
import { contestAsPeer } from './peer-workloads.ts';

const { getSQLiteEventStore, sqliteConnection, SQLiteConnectionPool } = await load(
  '@event-driven-io/emmett-sqlite',
);
const { CommandHandler } = await load('@event-driven-io/emmett');

/** A read model of its own for each round. */
const tables = (name) => [
  `CREATE TABLE ${name} (key TEXT PRIMARY KEY, bookings INTEGER, amount INTEGER, seat TEXT)`,
  `CREATE INDEX ${name}_amount ON ${name} (amount)`,
  `CREATE INDEX ${name}_seat ON ${name} (seat)`,
];
const upsert = (name) => `INSERT INTO ${name} (key, bookings, amount, seat) VALUES (?, 1, ?, ?)
  ON CONFLICT (key) DO UPDATE SET bookings = bookings + 1, amount = amount + excluded.amount, seat = excluded.seat`;

const evolve = (state, { data }) => ({
  seats: state.seats + 1,
  amount: state.amount + data.price.amount,
});
const initialState = () => ({ seats: 0, amount: 0 });
const handle = CommandHandler({ evolve, initialState });
const booked = (data) => ({ type: 'SeatBooked', data });

contestAsPeer(async (task) => {
  const fileName = `${task.folder}/emmett.db`;
  const pool = SQLiteConnectionPool({
    fileName,
    connectionOptions: task.options.oneConnection
      ? { singleton: true, connection: await openConnection(fileName) }
      : { singleton: false },
  });
  const store = getSQLiteEventStore({
    fileName,
    pool,
    schema: { autoMigration: 'CreateOrUpdate' },
  });
  await store.schema.migrate();
  let readModels = 0;
  const consume = (startFrom, pulling, eachMessage) => {
    const consumer = store.consumer({ pulling });
    readModels += 1;
    consumer.processor({ processorId: `bench-${readModels}`, startFrom, eachMessage });
    // Rejects when it is stopped in the middle of something; what it did has been counted by then.
    consumer.start().catch((error) => console.error(error));
    return consumer;
  };
  return {
    append: (stream, last, data) =>
      store.appendToStream(stream, data.map(booked), {
        expectedStreamVersion: last === -1 ? 'STREAM_DOES_NOT_EXIST' : BigInt(last + 1),
      }),
    read: async (stream) => (await store.readStream(stream)).events.length,
    command: (stream, data) => handle(store, stream, () => booked(data)),
    catchUp: async (events) => {
      const name = `flights_${readModels}`;
      await pool.withConnection(async (connection) => {
        for (const sql of tables(name)) await connection.command(sql);
      });
      let handled = 0;
      let consumer;
      await new Promise((resolve) => {
        // Larger pages and no pause between them are to its favour.
        const pulling = { batchSize: 1_000, pullingFrequencyInMs: 1 };
        consumer = consume('BEGINNING', pulling, async ({ data, metadata }, { connection }) => {
          await connection.command(upsert(name), [
            metadata.streamName,
            data.price.amount,
            data.seat,
          ]);
          handled += 1;
          if (handled === events) resolve();
        });
      });
      await consumer.stop();
    },
    follow: async (onEvent) => {
      const consumer = consume('END', {}, ({ data }) => onEvent(data));
      return () => consumer.stop();
    },
    close: () => pool.close(),
  };
});

/** It switches to its journal without waiting, so a first statement has to be through before others come. */
async function openConnection(fileName) {
  const connection = sqliteConnection({ fileName });
  await connection.command('SELECT 1');
  return connection;
}
