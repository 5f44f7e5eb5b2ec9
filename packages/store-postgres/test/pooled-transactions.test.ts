import type { EventEngine } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';
import { openPostgresKeyStorage } from '../src/key-storage.ts';
import { type PoolingProxy, startPoolingProxy } from './pooling-proxy.ts';

const COMMITS = 30;
/** Each so many commits one is a batch: not two, or each of two connections would see one of the calls only. */
const BATCH_EACH = 3;
const NO_SUCH_STATEMENT = '26000';
const STATEMENT_EXISTS = '42P05';

let server: PostgresServer;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function withProxy(
  connections: number,
  work: (proxy: PoolingProxy, open: () => Promise<EventEngine>) => Promise<void>,
): Promise<void> {
  const proxy = await startPoolingProxy(server.url, connections);
  schemas += 1;
  const target = { url: proxy.url, schema: `pooled_${schemas}`, listen: false };
  const engines: EventEngine[] = [];
  try {
    await work(proxy, async () => {
      const engine = await createPostgresEventEngine(target);
      engines.push(engine);
      return engine;
    });
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
    await proxy.close();
  }
}

/** Commits one after the other, most alone and some with another. Answers what they stored. */
async function commitAll(engine: EventEngine, name: string): Promise<readonly string[]> {
  const stored: string[] = [];
  for (let n = 0; n < COMMITS; n += 1) {
    const stream = `door-${name}` as const;
    const condition = { stream, revision: n === 0 ? ('none' as const) : n - 1 };
    const commandId = `command-${name}-${n}`;
    const event = newEvent(stream, { id: commandId });
    const others = n % BATCH_EACH > 0 ? [] : [appendOf([newEvent(`gate-${name}`)])];
    const answers = await engine.commit([appendOf([event], [condition], { commandId }), ...others]);
    expect(answers.map(({ kind }) => kind)).toEqual(answers.map(() => 'appended'));
    stored.push(commandId);
  }
  return stored;
}

describe('behind a proxy that gives each transaction to another connection', () => {
  test('what one connection has prepared and another has not is sent again, and stored once', async () => {
    await withProxy(2, async (proxy, open) => {
      const engine = await open();
      const stored = await commitAll(engine, 'a');
      const { events } = await engine.readLog({ after: 0n, limit: 1_000 });
      expect(events).toHaveLength(COMMITS + COMMITS / BATCH_EACH);
      expect(events.flatMap(({ id }) => (stored.includes(id) ? id : []))).toEqual(stored);
      expect(proxy.sqlStates()).toEqual([NO_SUCH_STATEMENT]);
      expect(proxy.prepared()).toBeLessThanOrEqual(2);
    });
  });

  test('what somebody else has prepared is sent again, and stored once', async () => {
    await withProxy(1, async (proxy, open) => {
      const engines = [await open(), await open()] as const;
      const stored = await Promise.all(engines.map((engine, n) => commitAll(engine, `${n}`)));
      const { events } = await engines[0].readLog({ after: 0n, limit: 1_000 });
      expect(events).toHaveLength(2 * (COMMITS + COMMITS / BATCH_EACH));
      for (const [n, ids] of stored.entries()) {
        expect(events.flatMap(({ id, stream }) => (stream === `door-${n}` ? id : []))).toEqual(ids);
      }
      expect(new Set(proxy.sqlStates())).toEqual(new Set([STATEMENT_EXISTS]));
    });
  });
});

test('a connection of its own is asked to prepare each of the two calls once', async () => {
  await withProxy(1, async (proxy, open) => {
    await commitAll(await open(), 'a');
    expect(proxy.sqlStates()).toEqual([]);
    expect(proxy.prepared()).toBe(2);
  });
});

test('what scrubbing keys sets for itself is not set for whoever comes next', async () => {
  const proxy = await startPoolingProxy(server.url, 1);
  const keys = await openPostgresKeyStorage({ url: proxy.url, schema: 'pooled_keys' });
  await keys.add(new Map([['user-1', Buffer.from('a key')]]));
  await keys.erase('user-1');
  await keys.scrub?.();
  await keys.close();
  const next = new pg.Client({ connectionString: proxy.url });
  await next.connect();
  const { rows } = await next.query('show lock_timeout');
  expect(rows).toEqual([{ lock_timeout: '0' }]);
  await next.end();
  await proxy.close();
});
