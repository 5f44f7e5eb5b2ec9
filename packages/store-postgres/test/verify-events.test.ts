import type { EventEngine, StoreCheck } from '@tidemark/core';
import { appendOf, newEvents, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';

let server: PostgresServer;
let admin: pg.Client;
let engine: EventEngine;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});
beforeEach(async () => {
  schemas += 1;
  engine = await createPostgresEventEngine({ url: server.url, schema: `case_${schemas}` });
  for (const stream of ['door-1', 'door-2', 'door-3'] as const) {
    await engine.commit([
      appendOf(newEvents(stream, 3).map((event) => ({ ...event, tags: ['a'] }))),
    ]);
  }
});
afterEach(() => engine.close());

const verify = async (): Promise<readonly StoreCheck[]> =>
  (await engine.verify?.(new AbortController().signal)) ?? [];
const unsound = async () =>
  (await verify()).filter(({ isSound }) => !isSound).map(({ check }) => check);

/** As an owner of the tables does who knows what stands in the way. */
async function damage(table: string, sql: string): Promise<void> {
  const name = `case_${schemas}.${table}`;
  await admin.query(`alter table ${name} disable trigger all`);
  await admin.query(sql.replace('{table}', name));
}

test('an intact log is sound, with figures', async () => {
  expect(await unsound()).toEqual([]);
  const details = (await verify()).map(({ detail }) => detail);
  expect(details.slice(0, 2)).toEqual([
    '9 events, positions 1 to 9, head 9',
    '3 streams, 0 of them broken',
  ]);
});

test('an empty log is sound', async () => {
  const empty = await createPostgresEventEngine({ url: server.url, schema: 'case_empty' });
  const checks = (await empty.verify?.(new AbortController().signal)) ?? [];
  await empty.close();
  expect(checks.length).toBeGreaterThan(3);
  expect(checks.filter(({ isSound }) => !isSound)).toEqual([]);
});

const POSITIONS = 'positions count on from 1 to the head';
const REVISIONS = 'revisions of each stream count on from 0';
const STREAMS = 'every event belongs to a stream, and every stream has events';
const TAGS = 'every tag leads to an event';

test.each([
  [
    'a row that is gone',
    'events',
    'delete from {table} where position = 5',
    [POSITIONS, REVISIONS, TAGS],
  ],
  [
    'an end that is gone',
    'events',
    'delete from {table} where position > 6',
    [POSITIONS, STREAMS, TAGS],
  ],
  [
    'a moved position',
    'events',
    'update {table} set position = 90 where position = 9',
    [POSITIONS, TAGS],
  ],
  ['a stream without its name', 'streams', "delete from {table} where name = 'door-2'", [STREAMS]],
  ['a tag that leads nowhere', 'event_tags', "insert into {table} values ('a', 99)", [TAGS]],
])('%s is found', async (...given) => {
  const [, table, sql, found] = given;
  await damage(table, sql);
  expect(await unsound()).toEqual(found);
});

test('it ends early when it is told to, with the reason', async () => {
  const stop = AbortSignal.abort(new Error('enough'));
  await expect(engine.verify?.(stop)).rejects.toThrow('enough');
});
