import { type EventEngine, isFault } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';
import { startTranslatingProxy, type TranslatingProxy } from './translating-proxy.ts';

/** What is called so in one language may be called otherwise in another; here even the other way round. */
const WORDS = { ERROR: 'FATAL', FATAL: 'ERROR', PANIC: 'ERROR' };

let server: PostgresServer;
let admin: pg.Client;
let proxy: TranslatingProxy;
let engine: EventEngine;
let schema: string;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  proxy = await startTranslatingProxy(server.url, WORDS);
});
beforeEach(async () => {
  schemas += 1;
  schema = `words_${schemas}`;
  engine = await createPostgresEventEngine({ url: proxy.url, schema });
});
afterEach(() => engine.close());
afterAll(async () => {
  await proxy.close();
  await admin.end();
  await server.stop();
});

async function raiseAt(code: string, when: 'before' | 'at the commit'): Promise<void> {
  const [kind, timing] =
    when === 'before' ? ['trigger', 'before insert'] : ['constraint trigger', 'after insert'];
  const deferred = when === 'before' ? '' : 'deferrable initially deferred';
  await admin.query(`create function ${schema}.fail() returns trigger language plpgsql as
    $$ begin raise exception 'any words' using errcode = '${code}'; end $$`);
  await admin.query(`create ${kind} fail ${timing} on ${schema}.events ${deferred}
    for each row execute function ${schema}.fail()`);
}

/** Code of the fault, and the SQLSTATE that it tells. */
async function failureOf(commit: Promise<unknown>): Promise<readonly unknown[]> {
  const error = await commit.catch((caught: unknown) => caught);
  return isFault(error) ? [error.code, error.facts.sqlState] : [error];
}

describe.each(['before', 'at the commit'] as const)('an error of the statement, %s', (when) => {
  test.each([
    ['53100', 'STORE_FULL'],
    ['22P05', 'EVENT_INVALID'],
    ['54000', 'EVENT_INVALID'],
    ['40001', 'STORE_UNAVAILABLE'],
    ['42501', 'STORE_UNAVAILABLE'],
    ['57014', 'STORE_UNAVAILABLE'],
    ['XX000', 'STORE_UNAVAILABLE'],
  ])('that PostgreSQL numbers %s is %s, and nothing was stored', async (sqlState, code) => {
    await engine.commit([appendOf([newEvent('door-1')])]);
    await raiseAt(sqlState, when);
    const failed = engine.commit([appendOf([newEvent('door-1')])]);
    expect(await failureOf(failed)).toEqual([code, sqlState]);
    await admin.query(`drop trigger fail on ${schema}.events`);
    expect(await engine.head()).toBe(1n);
    expect(await engine.commit([appendOf([newEvent('door-1')])])).toMatchObject([
      { position: 2n, revisions: { 'door-1': 1 } },
    ]);
  });

  test.each(['08006', '40003', '57P01'])(
    'that says with %s that the session ends leaves the outcome unknown',
    async (sqlState) => {
      await raiseAt(sqlState, when);
      const failed = engine.commit([appendOf([newEvent('door-1')])]);
      expect(await failureOf(failed)).toEqual(['OUTCOME_UNKNOWN', undefined]);
    },
  );
});

test('a session that is ended in the middle of a commit leaves the outcome unknown, whatever the report calls it', async () => {
  await engine.commit([appendOf([newEvent('door-1')])]);
  const holder = new pg.Client({ connectionString: server.url });
  await holder.connect();
  await holder.query('begin');
  await holder.query(`select from ${schema}.log_head for update`);
  const failing = failureOf(engine.commit([appendOf([newEvent('door-1')])]));
  for (let ended = 0; ended === 0; ) {
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%"${schema}".commit\\_%'`,
    );
    ended = rowCount ?? 0;
  }
  await holder.query('rollback');
  await holder.end();
  expect(await failing).toEqual(['OUTCOME_UNKNOWN', undefined]);
  expect(await engine.commit([appendOf([newEvent('door-1')])])).toMatchObject([{ position: 2n }]);
});

test('reads fail with the same faults', async () => {
  await admin.query(`drop table ${schema}.event_tags`);
  const failed = engine.readLog({ after: 0n, limit: 1, query: [{ tags: ['seat:1'] }] });
  expect(await failureOf(failed)).toEqual(['STORE_UNAVAILABLE', '42P01']);
});
