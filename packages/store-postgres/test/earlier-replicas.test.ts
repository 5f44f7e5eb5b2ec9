import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { EventEngine, StreamName } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inSchema } from '../src/connection.ts';
import { createPostgresEventEngine } from '../src/event-engine.ts';
import { migrate } from '../src/migrate.ts';
import { LOG_MIGRATIONS } from '../src/migrations/log.ts';
import { checksumContents } from '../src/row-checksum.ts';

/** The last step that the version before knows. */
const BEFORE = { ...LOG_MIGRATIONS, steps: LOG_MIGRATIONS.steps.slice(0, 8) };
const COMMIT = `select base, heads, duplicates, query_conflicts
from {schema}.commit_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22)`;
const COMMIT_ALONE = `select {schema}.commit_one($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) as answer`;
/** A page of the log by a tag. */
const READ = `select (select head.position from {schema}.log_head head where head.only_row), page.position
from (select) as always
left join lateral (
  select e.position from {schema}.events e cross join lateral (
    select s.name, s.category from {schema}.streams s where s.sid = e.sid offset 0
  ) s
  where e.position in (select t.position from {schema}.event_tags t
    where t.position > $1 and t.tag = $2 order by t.position limit 10)
  order by e.position limit 10
) page on true
order by page.position`;

let server: PostgresServer;
let pool: pg.Pool;

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 6 });
  // Connections that are on their way out when the server stops hear of it, and the pool tells on those that were idle.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

interface Asked {
  readonly tags: readonly string[];
  readonly types?: readonly string[];
}

/** What a replica of the version before sends, for events of one type. */
function replicaOf(schema: string) {
  const contentsOf = (stream: StreamName, id: string, tags: string) => {
    const contents = { stream, type: 'Opened', schema: 1, id, data: '{}', meta: '{}', tags };
    return { ...contents, crc: checksumContents(contents) };
  };
  return {
    /** Stores an event with a tag, if nothing matches the queries. */
    commit: async (stream: StreamName, tag: string, queries: readonly Asked[] = []) => {
      const tags = JSON.stringify([tag]);
      const { crc, type, id } = contentsOf(stream, `${stream}/${tag}`, tags);
      const asked = queries.map((one, condition) => ({ ...one, request: 0, condition, after: 0 }));
      const events = [[1], [1], [1], [crc], [type], [id], '{}', '{}', [0]];
      const receipts = [[1], [`command-${stream}`], null];
      const tagged = [tags, [1], [tag], asked.length === 0 ? null : JSON.stringify(asked), null];
      const values = [1, [stream], ...events, ...receipts, null, null, null, ...tagged];
      return (await pool.query(inSchema(COMMIT, schema), values)).rows[0];
    },
    commitAlone: async (stream: StreamName, revision: number): Promise<string> => {
      const { crc, type, id } = contentsOf(stream, `${stream}/${revision}`, '');
      const events = [1, [1], [crc], [type], [id], '{}', '{}'];
      const values = [stream, ...events, `command-${id}`, null, [revision]];
      return (await pool.query(inSchema(COMMIT_ALONE, schema), values)).rows[0].answer;
    },
    read: async (tag: string, after: number): Promise<readonly string[]> => {
      const { rows } = await pool.query(inSchema(READ, schema), [after, tag]);
      return rows.map(({ position }) => position);
    },
  };
}

async function positionsOf(engine: EventEngine, tag: string): Promise<readonly bigint[]> {
  const { events } = await engine.readLog({ after: 0n, limit: 10, query: [{ tags: [tag] }] });
  return events.map(({ position }) => position);
}

test('replicas of the version before work on tables that a newer one has brought up to date', async () => {
  const schema = 'rolling';
  const before = replicaOf(schema);
  await migrate(pool, schema, BEFORE);
  expect(await before.commit('door-1', 'key:1')).toMatchObject({ base: '0', heads: [-1] });
  const engine = await createPostgresEventEngine({ url: server.url, schema });

  expect(await before.commit('door-2', 'key:1')).toMatchObject({ base: '1', heads: [-1] });
  const tagged = appendOf([newEvent('door-3', { tags: ['key:1', 'key:2'] })]);
  expect(await engine.commit([tagged])).toMatchObject([{ kind: 'appended', position: 3n }]);
  expect(await positionsOf(engine, 'key:1')).toEqual([1n, 2n, 3n]);
  expect(await before.read('key:1', 1)).toEqual(['2', '3']);

  const both = await before.commit('door-4', 'key:4', [
    { tags: ['key:3'] },
    { tags: ['key:1', 'key:2'] },
    { tags: ['key:1'], types: ['Unheard'] },
  ]);
  expect(both).toMatchObject({ query_conflicts: [{ condition: 1, position: '3' }] });
  expect(await before.commit('door-2', 'key:5')).toMatchObject({
    duplicates: [{ command_id: 'command-door-2', position: '2' }],
  });
  expect(
    await before.commit('door-5', 'key:5', [{ tags: ['key:1'], types: ['Unheard'] }]),
  ).toMatchObject({ base: '3', query_conflicts: null });
  const free = [{ nothingMatches: [{ tags: ['key:5'] }], after: 0n }];
  expect(await engine.commit([appendOf([newEvent('door-6')], free)])).toMatchObject([
    { kind: 'conflict', actual: 4n },
  ]);

  expect(await before.commitAlone('gate-1', -1)).toBe('4 -1');
  expect(await before.commitAlone('gate-1', 7)).toBe('5 0');
  const [base, head, ...receipts] = (await before.commitAlone('gate-1', -1)).split(' ');
  expect([base, head]).toEqual(['5', '0']);
  expect(JSON.parse(receipts.join(' '))).toMatchObject([
    { command_id: 'command-gate-1/-1', position: '5', revisions: { 'gate-1': 0 } },
  ]);
  expect(await engine.findCommand('command-gate-1/-1')).toMatchObject({ position: 5n });
  expect(await engine.commit([appendOf([newEvent('gate-1')])])).toMatchObject([
    { revisions: { 'gate-1': 1 } },
  ]);
  expect((await engine.verify?.(new AbortController().signal))?.every((one) => one.isSound)).toBe(
    true,
  );
  await engine.close();
});

test('none of them is refused while that is going on', async () => {
  for (let round = 0; round < 5; round += 1) {
    const schema = `busy_${round}`;
    const before = replicaOf(schema);
    await migrate(pool, schema, BEFORE);
    let isMigrated = false;
    let committed = 0;
    const committing = [1, 2].map(async (replica) => {
      for (let n = 0; !isMigrated || n < 20; n += 1) {
        const tagged = await before.commit(`door-${replica}x${n}`, 'key:1', [{ tags: ['key:2'] }]);
        expect(tagged.query_conflicts).toBeNull();
        await before.commitAlone(`gate-${replica}x${n}`, -1);
        committed += 2;
      }
    });
    const reading = [1, 2].map(async () => {
      while (!isMigrated) await before.read('key:1', 0);
    });
    while (committed < 50) await turnOfTheLoop();
    const engine = await createPostgresEventEngine({ url: server.url, schema });
    isMigrated = true;
    await Promise.all([...committing, ...reading]);
    expect(await engine.head()).toBe(BigInt(committed));
    expect(await engine.commit([appendOf([newEvent('door-1')])])).toMatchObject([
      { kind: 'appended', position: BigInt(committed + 1) },
    ]);
    await engine.close();
  }
});
