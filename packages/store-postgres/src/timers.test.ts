import type { Timers } from '@tidemark/core';
import { type PostgresServer, startPostgres, timersContract } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inSchema } from './connection.ts';
import { DUE, NEXT, openPostgresTimers } from './timers.ts';

let server: PostgresServer;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

timersContract({
  name: 'postgres',
  open: async () => {
    schemas += 1;
    const options = { url: server.url, schema: `case_${schemas}` };
    const opened: Timers[] = [];
    const openOne = async () => {
      const timers = await openPostgresTimers(options);
      opened.push(timers);
      return timers;
    };
    const timers = await openOne();
    const reopen = async () => {
      await timers.close();
      return openOne();
    };
    const close = async () => {
      for (const one of opened) await one.close();
    };
    return { timers, openSecond: openOne, reopen, close };
  },
});

test('what is due and when the next is due are found in an index, without a sort', async () => {
  const timers = await openPostgresTimers({ url: server.url, schema: 'plans' });
  await timers.close();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`insert into plans.timers
    select 't' || n, n, 'boarding', '{}' from generate_series(1, 20000) n`);
  await admin.query('analyze plans.timers');
  for (const [sql, ...values] of [
    [DUE, 'boarding', 10_000, 500],
    [NEXT, 'boarding', 10_000],
  ] as const) {
    const { rows } = await admin.query(`explain ${inSchema(sql, 'plans')}`, [...values]);
    const plan = rows.map((line) => line['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index (Only )?Scan using timers_due/);
    expect(plan).not.toContain('Sort');
  }
  await admin.end();
});
