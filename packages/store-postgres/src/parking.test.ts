import type { Parking } from '@tidemark/core';
import { type PostgresServer, parkingContract, startPostgres } from '@tidemark/testing';
import { afterAll, beforeAll } from 'vitest';
import { openPostgresParking } from './parking.ts';

let server: PostgresServer;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

parkingContract({
  name: 'postgres',
  open: async () => {
    schemas += 1;
    const options = { url: server.url, schema: `case_${schemas}` };
    const opened: Parking[] = [];
    const openOne = async () => {
      const parking = await openPostgresParking(options);
      opened.push(parking);
      return parking;
    };
    const parking = await openOne();
    const reopen = async () => {
      await parking.close();
      return openOne();
    };
    const close = async () => {
      for (const one of opened) await one.close();
    };
    return { parking, openSecond: openOne, reopen, close };
  },
});
