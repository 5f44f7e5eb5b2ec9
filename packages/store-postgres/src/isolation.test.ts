import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { WHOLE } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareSession } from './connection.ts';
import { createPostgresEventEngine } from './event-engine.ts';
import { openPostgresParking } from './parking.ts';
import { openPostgresReadModels } from './read-models.ts';

const COMMITS = 20;
const REPLICAS = [1, 2, 3];

let server: PostgresServer;
let admin: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

describe.each(['repeatable read', 'serializable'])(
  'in a database whose transactions are %s unless they say otherwise',
  (isolation) => {
    const database = isolation.replace(' ', '_');
    let url: string;

    beforeAll(async () => {
      await admin.query(`create database ${database}`);
      await admin.query(
        `alter database ${database} set default_transaction_isolation = '${isolation}'`,
      );
      const ofDatabase = new URL(server.url);
      ofDatabase.pathname = database;
      url = ofDatabase.href;
    });
    afterAll(() => admin.query(`drop database ${database}`));

    test('replicas that start together wait for each other, and commits for the lock', async () => {
      const engines = await Promise.all(
        REPLICAS.map(() => createPostgresEventEngine({ url, schema: 'log' })),
      );
      const kinds = await Promise.all(
        engines.map(async (engine, n) => {
          const answered: unknown[] = [];
          for (let commit = 0; commit < COMMITS; commit += 1) {
            const batch = [`door-${n}` as const, `gate-${n}` as const].slice(commit % 2);
            const answers = await engine.commit(batch.map((one) => appendOf([newEvent(one)])));
            answered.push(...answers.map(({ kind }) => kind));
          }
          return answered;
        }),
      );
      expect(new Set(kinds.flat())).toEqual(new Set(['appended']));
      expect(await engines[0]?.head()).toBe(BigInt(kinds.flat().length));
      await Promise.all(engines.map((engine) => engine.close()));
    });

    test('a message does not overtake one that was parked while it waited for the lock', async () => {
      const parking = await openPostgresParking({ url, schema: 'parking' });
      const holder = new pg.Client({ connectionString: url });
      await holder.connect();
      await holder.query('begin');
      await holder.query(
        `select pg_advisory_xact_lock(hashtextextended('tidemark parking "parking" reader', 0))`,
      );
      const of = { reader: 'reader', key: 'k', at: '2030-01-01T10:00:00.000Z' };
      const most = { ofKey: 10, ofReader: 10 };
      const parked = parking.park({ ...of, items: [{ id: '2', body: {} }], most });
      for (let waiting = 0; waiting === 0; ) {
        const { rowCount } = await admin.query(
          `select from pg_stat_activity where wait_event = 'advisory' and datname = '${database}'`,
        );
        waiting = rowCount ?? 0;
      }
      await holder.query(`insert into parking.parked_messages (reader, key, place, id, body, since, error)
      values ('reader', 'k', 1, '1', '{}', '2030-01-01T10:00:00.000Z', 'broken')`);
      await holder.query('commit');
      await holder.end();
      expect(await parked).toBe('parked');
      await parking.close();
    });

    test('of replicas that apply from one checkpoint one applies, and the others are overtaken', async () => {
      const engines = await Promise.all(
        REPLICAS.map(() => openPostgresReadModels({ url, schema: 'rows' })),
      );
      const tables = await Promise.all(
        engines.map((engine) => engine.open<object>({ name: 'doors', version: 1, indexes: {} })),
      );
      for (let from = 0n; from < COMMITS; from += 1n) {
        const step = { slice: WHOLE, from, to: from + 1n, rows: new Map([['key', {}]]) };
        const answers = await Promise.all(tables.map((table) => table.apply(step)));
        expect(answers.toSorted()).toEqual(['applied', 'overtaken', 'overtaken']);
      }
      await Promise.all(engines.map((engine) => engine.close()));
    });
  },
);

test('a server that lets in and then says nothing is given up', async () => {
  // Authenticated, and ready for a statement.
  const welcome = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');
  const silent = createServer((socket) => {
    socket.once('data', () => socket.write(welcome));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const client = new pg.Client({ connectionString: `postgres://nobody@127.0.0.1:${port}/none` });
  await client.connect();
  await expect(prepareSession(client, 50)).rejects.toThrow('timeout');
  await client.end();
  silent.close();
  await once(silent, 'close');
});
