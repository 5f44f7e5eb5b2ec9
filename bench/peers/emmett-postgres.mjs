// Emmett on PostgreSQL, with its own pool.
import { load } from './load.mjs';
import { contestAsPeer, createDatabase, runOn } from './peer-workloads.ts';

const { getPostgreSQLEventStore } = await load('@event-driven-io/emmett-postgresql');
const { CommandHandler } = await load('@event-driven-io/emmett');
const { sql } = await load('@event-driven-io/dumbo');

/** A read model of its own for each round. */
const tables = (
  name,
) => `create table ${name} (key text primary key, bookings integer, amount integer, seat text);
  create index on ${name} (amount); create index on ${name} (seat)`;

const evolve = (state, { data }) => ({
  seats: state.seats + 1,
  amount: state.amount + data.price.amount,
});
const initialState = () => ({ seats: 0, amount: 0 });
const handle = CommandHandler({ evolve, initialState });
const booked = (data) => ({ type: 'SeatBooked', data });
const upsert = (name, { data, metadata }) =>
  sql(
    `insert into ${name} (key, bookings, amount, seat) values (%L, 1, %L, %L) on conflict (key) do update
     set bookings = ${name}.bookings + 1, amount = ${name}.amount + excluded.amount, seat = excluded.seat`,
    metadata.streamName,
    data.price.amount,
    data.seat,
  );

contestAsPeer(async (task) => {
  const database = await createDatabase(task);
  const store = getPostgreSQLEventStore(database.url);
  await store.schema.migrate();
  let readModels = 0;
  const consume = (startFrom, pulling, eachMessage) => {
    const consumer = store.consumer({ pulling });
    readModels += 1;
    consumer.reactor({ processorId: `bench-${readModels}`, startFrom, eachMessage });
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
      await runOn(database.url, tables(name));
      let handled = 0;
      let consumer;
      await new Promise((resolve) => {
        const pulling = { batchSize: 1_000, pullingFrequencyInMs: 1 };
        consumer = consume('BEGINNING', pulling, async (event, { execute }) => {
          await execute.command(upsert(name, event));
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
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
});
