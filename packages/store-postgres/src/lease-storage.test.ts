import type { Leases } from '@tidemark/core';
import { createLeases, createSystemClock } from '@tidemark/runtime';
import { leasesContract, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { openPostgresLeaseStorage } from './lease-storage.ts';

const LIFE_MS = 1_000;
let server: PostgresServer;
let admin: pg.Pool;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Pool({ connectionString: server.url, max: 1 });
  // A connection that is being closed may still hear that the server ends.
  admin.on('error', () => undefined);
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

leasesContract({
  name: 'postgres',
  open: async () => {
    schemas += 1;
    const schema = `case_${schemas}`;
    const opened: Leases[] = [];
    const openOne = async () => {
      const storage = await openPostgresLeaseStorage({ url: server.url, schema });
      const leases = createLeases(storage, { clock: createSystemClock(), expiresAfterMs: LIFE_MS });
      opened.push(leases);
      return leases;
    };
    return {
      leases: await openOne(),
      openSecond: openOne,
      giveToTheDead: async (name) => {
        await admin.query(
          `insert into ${schema}.leases
          values ($1, 'the dead', clock_timestamp() + $2 * interval '1 millisecond')
          on conflict (name) do update
          set holder = excluded.holder, expires_at = excluded.expires_at`,
          [name, 2 * LIFE_MS],
        );
      },
      close: async () => {
        for (const one of opened) await one.close();
      },
    };
  },
});
