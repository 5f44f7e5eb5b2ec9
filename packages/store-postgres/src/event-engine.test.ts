import type { AppendRequest, EventEngine } from '@tidemark/core';
import {
  appendOf,
  eventEngineContract,
  newEvent,
  type PostgresServer,
  startPostgres,
} from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type PoolingProxy, startPoolingProxy } from '../test/pooling-proxy.ts';
import { createPostgresEventEngine, type PostgresEventEngineOptions } from './event-engine.ts';

const DAMAGES = {
  changed: (table: string) => `update ${table} set data = '{"n":"changed"}' where position = $1`,
  lost: (table: string) => `delete from ${table} where position = $1`,
};

const COMMIT =
  'select pg_get_functiondef(p.oid) as definition from pg_proc p where p.oid::regproc::text = $1';

let server: PostgresServer;
let admin: pg.Client;
let proxy: PoolingProxy;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  proxy = await startPoolingProxy(server.url, 2);
});
afterAll(async () => {
  await proxy.close();
  await admin.end();
  await server.stop();
});

/** The clock is the server's: the commit is given one that stands, and is otherwise as it was. */
async function setClock(schema: string, nowMs: number): Promise<void> {
  for (const name of ['commit_request', 'commit_requests']) {
    const { rows } = await admin.query(COMMIT, [`${schema}.${name}`]);
    const commit: string = rows[0].definition;
    const clock = /clock_timestamp\(\)|to_timestamp\([\d.]+\)/;
    expect(commit).toMatch(clock);
    await admin.query(commit.replace(clock, `to_timestamp(${nowMs / 1_000})`));
  }
}

/** A request that is always refused makes a batch of what would be decided alone, and changes nothing else. */
function inBatches(engine: EventEngine): EventEngine {
  const refused: AppendRequest = appendOf(
    [newEvent('refused-1')],
    [{ stream: 'refused-1', revision: 'some' }],
  );
  return {
    ...engine,
    commit: async (batch) => {
      if (batch.length === 0) return [];
      const answers = await engine.commit([...batch, refused]);
      expect(answers.at(-1)?.kind).toBe('conflict');
      return answers.slice(0, -1);
    },
  };
}

const direct = (): PostgresEventEngineOptions => ({ url: server.url });
const pooled = (): PostgresEventEngineOptions => ({ url: proxy.url, listen: false });
const asOpened = (engine: EventEngine): EventEngine => engine;

describe.each([
  ['postgres', direct, asOpened],
  ['postgres, each request in a batch', direct, inBatches],
  ['postgres, behind a proxy that pools transactions', pooled, asOpened],
])('%s', (name, target, opened) => {
  eventEngineContract({
    name,
    open: async () => {
      schemas += 1;
      const schema = `case_${schemas}`;
      const all: EventEngine[] = [];
      const openOne = async () => {
        const engine = await createPostgresEventEngine({ ...target(), schema });
        all.push(engine);
        return opened(engine);
      };
      const engine = await openOne();
      return {
        engine,
        openSecond: openOne,
        verifies: true,
        setClock: (nowMs) => setClock(schema, nowMs),
        reopen: async () => {
          await engine.close();
          return openOne();
        },
        damage: async (position, how) => {
          // The log refuses to be changed, so what changes it is not asked.
          await admin.query(`alter table ${schema}.events disable trigger user`);
          await admin.query(DAMAGES[how](`${schema}.events`), [position]);
        },
        close: async () => {
          for (const one of all) await one.close();
        },
      };
    },
  });
});
