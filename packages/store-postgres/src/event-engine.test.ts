import type { EventEngine } from '@tidemark/core';
import { eventEngineContract, type PostgresServer, startPostgres } from '@tidemark/testing';
import { afterAll, beforeAll } from 'vitest';
import { createPostgresEventEngine } from './event-engine.ts';

let server: PostgresServer;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

eventEngineContract({
  name: 'postgres',
  open: async () => {
    schemas += 1;
    const schema = `case_${schemas}`;
    const opened: EventEngine[] = [];
    const openOne = async () => {
      const engine = await createPostgresEventEngine({ url: server.url, schema });
      opened.push(engine);
      return engine;
    };
    const engine = await openOne();
    return {
      engine,
      openSecond: openOne,
      reopen: async () => {
        await engine.close();
        return openOne();
      },
      close: async () => {
        for (const one of opened) await one.close();
      },
    };
  },
});
