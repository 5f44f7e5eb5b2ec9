import type { ReadModelEngine } from '@tidemark/core';
import { type PostgresServer, readModelContract, startPostgres } from '@tidemark/testing';
import { afterAll, beforeAll } from 'vitest';
import { openPostgresReadModels } from './read-models.ts';

let server: PostgresServer;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

readModelContract({
  name: 'postgres',
  open: async () => {
    schemas += 1;
    const schema = `case_${schemas}`;
    const opened: ReadModelEngine[] = [];
    const openOne = async () => {
      const readModels = await openPostgresReadModels({ url: server.url, schema });
      opened.push(readModels);
      return readModels;
    };
    const readModels = await openOne();
    return {
      readModels,
      parking: true,
      slicing: true,
      builds: true,
      snapshots: true,
      openSecond: openOne,
      reopen: async () => {
        await readModels.close();
        return openOne();
      },
      close: async () => {
        for (const one of opened) await one.close();
      },
    };
  },
});
