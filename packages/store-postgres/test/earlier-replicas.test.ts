import type { EventEngine, StreamName } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';
import { migrate } from '../src/migrate.ts';
import { LOG_MIGRATIONS } from '../src/migrations/log.ts';
import { checksumContents } from '../src/row-checksum.ts';

const schema = 'rolling';
/** The last step that the version before knows. */
const BEFORE = 8;
const COMMIT = `select base, heads, duplicates, query_conflicts
from ${schema}.commit_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22)`;
const FIND = `select position::text from ${schema}.event_tags where tag = $1 and position > $2 order by position limit 10`;

let server: PostgresServer;
let pool: pg.Pool;

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 1 });
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

interface Asked {
  readonly tags: readonly string[];
  readonly types?: readonly string[];
}

/** What a replica of the version before sends to store one event with a tag, if nothing matches the queries. */
async function commitAsBefore(
  stream: StreamName,
  tag: string,
  queries: readonly Asked[] = [],
): Promise<pg.QueryResultRow> {
  const tags = JSON.stringify([tag]);
  const contents = { stream, type: 'Opened', schema: 1, id: `${stream}/${tag}`, data: '{}' };
  const crc = checksumContents({ ...contents, meta: '{}', tags });
  const asked = queries.map((query, condition) => ({ ...query, request: 0, condition, after: 0 }));
  const events = [[1], [1], [1], [crc], [contents.type], [contents.id], '{}', '{}', [0]];
  const receipts = [[1], [`command-${stream}`], null];
  const tagged = [tags, [1], [tag], asked.length === 0 ? null : JSON.stringify(asked), null];
  const values = [1, [stream], ...events, ...receipts, null, null, null, ...tagged];
  return (await pool.query(COMMIT, values)).rows[0];
}

async function positionsOf(engine: EventEngine, tag: string): Promise<readonly bigint[]> {
  const { events } = await engine.readLog({ after: 0n, limit: 10, query: [{ tags: [tag] }] });
  return events.map(({ position }) => position);
}

test('replicas of the version before go on while the tables are brought up to date', async () => {
  await migrate(pool, schema, { ...LOG_MIGRATIONS, steps: LOG_MIGRATIONS.steps.slice(0, BEFORE) });
  expect(await commitAsBefore('door-1', 'key:1')).toMatchObject({ base: '0', heads: [-1] });
  const engine = await createPostgresEventEngine({ url: server.url, schema });

  expect(await commitAsBefore('door-2', 'key:1')).toMatchObject({ base: '1', heads: [-1] });
  const tagged = appendOf([newEvent('door-3', { tags: ['key:1', 'key:2'] })]);
  expect(await engine.commit([tagged])).toMatchObject([{ kind: 'appended', position: 3n }]);
  expect(await positionsOf(engine, 'key:1')).toEqual([1n, 2n, 3n]);
  const { rows } = await pool.query(FIND, ['key:1', 1]);
  expect(rows).toEqual([{ position: '2' }, { position: '3' }]);

  const both = await commitAsBefore('door-4', 'key:4', [
    { tags: ['key:3'] },
    { tags: ['key:1', 'key:2'] },
    { tags: ['key:1'], types: ['Unheard'] },
  ]);
  expect(both).toMatchObject({ query_conflicts: [{ condition: 1, position: '3' }] });
  expect(await commitAsBefore('door-2', 'key:5')).toMatchObject({
    duplicates: [{ command_id: 'command-door-2', position: '2' }],
  });
  expect(
    await commitAsBefore('door-5', 'key:5', [{ tags: ['key:1'], types: ['Unheard'] }]),
  ).toMatchObject({ base: '3', query_conflicts: null });
  const free = [{ nothingMatches: [{ tags: ['key:5'] }], after: 0n }];
  expect(await engine.commit([appendOf([newEvent('door-6')], free)])).toMatchObject([
    { kind: 'conflict', actual: 4n },
  ]);
  expect((await engine.verify?.(new AbortController().signal))?.every((one) => one.isSound)).toBe(
    true,
  );
  await engine.close();
});
