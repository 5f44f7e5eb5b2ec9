// Act's store for PostgreSQL.
import { load } from './load.mjs';
import { contestAsPeer, createDatabase } from './peer-workloads.ts';

const { PostgresStore } = await load('@rotorsoft/act-pg');

const META = { correlation: 'a3bb189e-8bf9-3888-9912-ace4e6543002', causation: {} };
const booked = (data) => ({ name: 'SeatBooked', data });

contestAsPeer(async (task) => {
  const database = await createDatabase(task);
  const { hostname: host, port, username: user, password } = new URL(database.url);
  const store = new PostgresStore({
    host,
    port: Number(port),
    user,
    password,
    database: task.schema,
  });
  await store.seed();
  const read = (stream, onEvent) => store.query(onEvent, { stream });
  return {
    append: (stream, last, data) =>
      store.commit(stream, data.map(booked), META, last === -1 ? undefined : last),
    read: (stream) => read(stream, () => {}),
    command: async (stream, data) => {
      const state = { amount: 0, last: -1 };
      await read(stream, (event) => {
        state.amount += event.data.price.amount;
        state.last = event.version;
      });
      await store.commit(stream, [booked(data)], META, state.last);
    },
    close: async () => {
      await store.dispose();
      await database.drop();
    },
  };
});
