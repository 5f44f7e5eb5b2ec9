import { checkQuestion, type ReadModelShape, type TableShape, WHOLE } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresEventEngine } from './event-engine.ts';
import { findStatement } from './read-model-find.ts';
import { openLayout } from './read-model-layout.ts';
import { openPostgresReadModels } from './read-models.ts';

let server: PostgresServer;
let admin: pg.Pool;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Pool({ connectionString: server.url });
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

/** Resolves when the sessions of the engine have ended: they count what they did when they end, at the latest. */
async function untilAlone(): Promise<void> {
  for (;;) {
    const { rows } = await admin.query(
      "select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    if (rows.length === 0) return;
  }
}

test('commits and reads by key never scan a table, also when their plans were made on an empty one', async () => {
  const engine = await createPostgresEventEngine({ url: server.url, schema: 'plans' });
  let n = 0;
  const requestOf = () => {
    n += 1;
    const tags = [`seat:${n % 997}`, `flight:${n % 13}`];
    const stream = `flight-${n % 700}` as const;
    return appendOf(
      [newEvent(stream, { tags })],
      [
        { stream, revision: n <= 700 ? 'none' : Math.floor((n - 1) / 700) - 1 },
        { stream: 'flight-none', revision: 'none' },
        { nothingMatches: [{ tags, types: ['Unheard'] }], after: 0n },
      ],
      { commandId: `command-${n}` },
    );
  };
  for (let batch = 0; batch < 70; batch += 1) {
    const results = await engine.commit(Array.from({ length: 100 }, requestOf));
    expect(results.every(({ kind }) => kind === 'appended')).toBe(true);
  }
  for await (const page of engine.readStream('flight-7')) expect(page).toHaveLength(10);
  const found = await engine.readLog({ after: 0n, limit: 100, query: [{ tags: ['seat:5'] }] });
  expect(found.events).toHaveLength(8);
  expect(await engine.findCommand('command-77')).toBeDefined();
  await engine.close();
  await untilAlone();
  const { rows } = await admin.query(
    `select relname, seq_tup_read::int as scanned, idx_scan > 0 as by_index from pg_stat_user_tables
    where schemaname = 'plans' and relname in ('events', 'event_tags', 'streams') order by 1`,
  );
  expect(rows).toEqual([
    { relname: 'event_tags', scanned: 0, by_index: true },
    { relname: 'events', scanned: 0, by_index: true },
    // So few names are read whole, once, to be joined to a page of the log.
    { relname: 'streams', scanned: 700, by_index: true },
  ]);
});

test('a page of an index is read from it in order, without a sort', async () => {
  const shape: ReadModelShape<{ readonly status: string; readonly at: number }> = {
    name: 'planned-flights',
    version: 1,
    indexes: { by_status: ['status', 'at'] },
  };
  const readModels = await openPostgresReadModels({ url: server.url, schema: 'found' });
  const table = await readModels.open(shape);
  const rows = new Map(
    Array.from({ length: 3_000 }, (_, n) => [`row-${n}`, { status: `s${n % 3}`, at: n }]),
  );
  await table.apply({ slice: WHOLE, from: 0n, to: 1n, rows });
  await readModels.close();
  await admin.query('analyze');
  const layout = await openLayout(admin, 'found', shape);
  const request = { index: 'by_status', equals: ['s1'], limit: 20 };
  for (const order of ['ascending', 'descending'] as const) {
    const question = checkQuestion(shape as unknown as TableShape, { ...request, order });
    const { sql, values } = findStatement(layout, question);
    const { rows: lines } = await admin.query(`explain ${sql}`, [...values]);
    const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
    expect(plan).toContain('Index Scan');
    expect(plan).toContain('rm_1_i0');
    expect(plan).not.toContain('Sort');
  }
});
