import type { EventEngine, StreamName } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseTarget } from './connection.ts';
import { createPostgresEventEngine } from './event-engine.ts';
import { createPool, type Pool } from './pool.ts';
import { createRunRead } from './run-read.ts';
import { createStreamNames } from './stream-names.ts';

const STREAMS = ['door-1', 'door-2', 'gate-1'] as const;
const SIDS = [1, 2, 3];

let server: PostgresServer;
let pool: Pool;

beforeAll(async () => {
  server = await startPostgres();
  pool = createPool(parseTarget({ url: server.url }), 1);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

test('names are known once they were asked for, and no more than so many are kept', async () => {
  const engine = await createPostgresEventEngine({ url: server.url });
  for (const stream of STREAMS) await engine.commit([appendOf([newEvent(stream)])]);
  const names = createStreamNames(createRunRead(pool, 'public'), 2);
  expect(names.nameOf(1)).toBeUndefined();
  await names.learn(new Set([1, 2, 4711]));
  expect(SIDS.map(names.nameOf)).toEqual(['door-1', 'door-2', undefined]);
  const learned = await names.learn(new Set([2, 3]));
  expect(SIDS.map(names.nameOf)).toEqual([undefined, undefined, 'gate-1']);
  expect(SIDS.map(learned)).toEqual([undefined, 'door-2', 'gate-1']);
  await engine.close();
});

test('what was asked for is known to who asked, though others ask for more meanwhile', async () => {
  const options = { url: server.url, schema: 'crowd' };
  const engine = await createPostgresEventEngine(options);
  for (const stream of STREAMS) await engine.commit([appendOf([newEvent(stream)])]);
  const names = createStreamNames(createRunRead(pool, 'crowd'), 1);
  const asked = SIDS.map((sid) => names.learn(new Set([1, sid])));
  for (const [n, nameOf] of (await Promise.all(asked)).entries()) {
    expect([1, SIDS[n] ?? 0].map(nameOf)).toEqual(['door-1', STREAMS[n]]);
  }
  await engine.close();
});

test('events of streams that another process has made since are read with their names', async () => {
  const options = { url: server.url, schema: 'others' };
  const reader = await createPostgresEventEngine(options);
  const writer = await createPostgresEventEngine(options);
  const asked = { after: 0n, limit: 1_000 };
  for (const [n, stream] of STREAMS.entries()) {
    await writer.commit([appendOf([newEvent(stream)])]);
    const streamsOf = async (query?: readonly { readonly categories: readonly string[] }[]) => {
      const { events } = await reader.readLog(query === undefined ? asked : { ...asked, query });
      return events.map((event) => event.stream);
    };
    const written = STREAMS.slice(0, n + 1);
    expect(await streamsOf()).toEqual(written);
    const doors = written.filter((name) => name.startsWith('door'));
    expect(await streamsOf([{ categories: ['door'] }])).toEqual(doors);
  }
  await Promise.all([reader.close(), writer.close()]);
});

test('an event that belongs to no stream is no event', async () => {
  const engine = await createPostgresEventEngine({ url: server.url, schema: 'lost' });
  await engine.commit([appendOf([newEvent('door-1')])]);
  await pool.query('alter table lost.streams disable trigger streams_append_only');
  await pool.query('delete from lost.streams');
  await expect(engine.readLog({ after: 0n, limit: 10 })).rejects.toMatchObject({
    code: 'LOG_CORRUPT',
  });
  await engine.close();
});

describe('a log that was put back under a running process, with other numbers for its streams', () => {
  const exchange = async (schema: string, streams: readonly StreamName[]) => {
    await pool.query(`drop schema ${schema} cascade`);
    const restored = await createPostgresEventEngine({ url: server.url, schema });
    for (const stream of streams) await restored.commit([appendOf([newEvent(stream)])]);
    await restored.close();
  };
  const namesIn = async (engine: EventEngine) =>
    (await engine.readLog({ after: 0n, limit: 1_000 })).events.map(({ stream }) => stream);

  test('is read with the names that its streams have now', async () => {
    const engine = await createPostgresEventEngine({ url: server.url, schema: 'restored' });
    for (const stream of STREAMS) await engine.commit([appendOf([newEvent(stream)])]);
    expect(await namesIn(engine)).toEqual(STREAMS);
    const now = [...STREAMS.toReversed(), 'gate-2'] as const;
    await exchange('restored', now);
    const read = await Promise.all([namesIn(engine), namesIn(engine)]);
    expect(read).toEqual([now, now]);
    await engine.close();
  });

  test('is as damaged as it is', async () => {
    const engine = await createPostgresEventEngine({ url: server.url, schema: 'damaged' });
    for (const stream of STREAMS) await engine.commit([appendOf([newEvent(stream)])]);
    expect(await namesIn(engine)).toEqual(STREAMS);
    await exchange('damaged', STREAMS.toReversed());
    await pool.query('alter table damaged.events disable trigger events_append_only');
    await pool.query(`update damaged.events set type = 'Another' where position = 3`);
    await expect(namesIn(engine)).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      facts: { stream: 'door-1', position: '3' },
    });
    await engine.close();
  });
});
