import {
  type Division,
  type ParkedRow,
  type ReadModelEngine,
  type ReadModelTable,
  type Slice,
  sliceOf,
  WHOLE,
} from '@tidemark/core';
import { type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPostgresReadModels } from './read-models.ts';

interface Counted {
  readonly seen: readonly number[];
}
type Table = Required<ReadModelTable<Counted>>;

const END = 300n;
const KEYS = 7;
const PARKED: ParkedRow = {
  ...{ key: 'a', position: 1n, eventId: 'e.1', error: 'broken' },
  ...{ since: '2030-01-01T10:00:00.000Z', waiting: 0 },
};
const NOTHING: ReadonlyMap<string, Counted> = new Map();

let server: PostgresServer;
let admin: pg.Pool;
let schemas = 0;
let engines: ReadModelEngine[] = [];
let first: Table;
let second: Table;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Pool({ connectionString: server.url });
  // A connection that is being closed may still hear that the server ends.
  admin.on('error', () => undefined);
});
beforeEach(async () => {
  schemas += 1;
  const open = () => openPostgresReadModels({ url: server.url, schema: schemaName() });
  engines = await Promise.all([open(), open()]);
  [first, second] = (await Promise.all(engines.map(openTable))) as [Table, Table];
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

function schemaName(): string {
  return `race_${schemas}`;
}

async function openTable(engine: ReadModelEngine): Promise<Table> {
  return (await engine.open({ name: 'counted', version: 1, indexes: {} })) as Table;
}

/**
 * Starts what should come one behind the other while another session holds what they all wait for, and lets them
 * go: so each meets the other in the middle of its statement.
 */
async function inTurn<Results extends readonly unknown[]>(
  lock: string,
  ...calls: { readonly [N in keyof Results]: () => Promise<Results[N]> }
): Promise<Results> {
  const holder = await admin.connect();
  await holder.query('begin');
  await holder.query(lock.replace('{schema}', schemaName()));
  const answers: Promise<unknown>[] = [];
  for (const call of calls) {
    answers.push(call());
    await untilWaiting(answers.length);
  }
  await holder.query('commit');
  holder.release();
  return (await Promise.all(answers)) as unknown as Results;
}

async function untilWaiting(sessions: number): Promise<void> {
  for (;;) {
    const { rows } = await admin.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1",
      [`%"${schemaName()}"%`],
    );
    if (rows.length >= sessions) return;
  }
}

function step(table: Table, slice: Slice, [from, to]: readonly [bigint, bigint]) {
  return table.apply({ slice, from, to, rows: new Map([[`row-${to}`, { seen: [Number(to)] }]]) });
}

test('a first step that waits for a division is overtaken by it', async () => {
  const [division, applied] = await inTurn<[Division, string]>(
    'select from {schema}.read_models for update',
    () => first.slicing.divide(2),
    () => step(second, WHOLE, [0n, 5n]),
  );
  expect(division).toEqual({ count: 2, checkpoints: [0n, 0n] });
  expect(applied).toBe('overtaken');
  expect(await second.get('row-5')).toBeUndefined();
  expect(await second.slicing.read()).toEqual(division);
});

test('a division that waits for a first step begins behind it', async () => {
  const [applied, division] = await inTurn<[string, Division]>(
    'select from {schema}.read_models for update',
    () => step(first, WHOLE, [0n, 5n]),
    () => second.slicing.divide(2),
  );
  expect([applied, division]).toEqual(['applied', { count: 2, checkpoints: [5n, 5n] }]);
});

test('a step that waits for a division to come goes no further than that one says', async () => {
  const [left, right] = [
    { index: 0, count: 2 },
    { index: 1, count: 2 },
  ] as const;
  await first.slicing.divide(2);
  await step(first, left, [0n, 7n]);
  await step(first, right, [0n, 4n]);
  const [division, beyond] = await inTurn<[Division, string]>(
    "select from {schema}.read_model_slices where slice = '1/2' for update",
    () => first.slicing.divide(3),
    () => step(second, right, [4n, 9n]),
  );
  expect(division.next).toEqual({ count: 3, at: 7n });
  expect(beyond).toBe('overtaken');
  expect(await step(second, right, [4n, 7n])).toBe('applied');
});

test('a replica with older code makes no slice of a division that is no longer in force', async () => {
  await first.slicing.divide(2);
  const { rowCount } = await admin.query(`insert into ${schemaName()}.read_model_slices
    (read_model, slice, position) values (1, '0/1', 5)`);
  expect(rowCount).toBe(0);
});

test('of two that park one key in the same moment exactly one does, and the other changes nothing', async () => {
  const parks = (table: Table, position: bigint) => () =>
    table.parking.settle({
      rows: new Map([['b', { seen: [Number(position)] }]]),
      parked: [{ key: 'a', was: undefined, becomes: { ...PARKED, position } }],
    });
  await first.parking.settle({ rows: new Map([['b', { seen: [] }]]), parked: [] });
  const settled = await inTurn<[string, string]>(
    'select from {schema}.rm_1_counted_1 for update',
    parks(first, 3n),
    parks(second, 4n),
  );
  expect([...settled].sort()).toEqual(['overtaken', 'settled']);
  const won = settled.indexOf('settled') + 3;
  expect(await first.parking.list(9)).toEqual([{ ...PARKED, position: BigInt(won) }]);
  expect(await first.get('b')).toEqual({ seen: [won] });
});

test('a step that waits for somebody who settles its parked key is overtaken', async () => {
  await first.parking.settle({
    rows: NOTHING,
    parked: [{ key: 'a', was: undefined, becomes: PARKED }],
  });
  const waits = { key: 'a', was: PARKED, becomes: { ...PARKED, waiting: 1 } };
  const [settled, applied] = await inTurn<[string, string]>(
    'select from {schema}.read_model_parked for update',
    () =>
      first.parking.settle({
        rows: NOTHING,
        parked: [{ key: 'a', was: PARKED, becomes: undefined }],
      }),
    () => second.apply({ slice: WHOLE, from: 0n, to: 2n, rows: NOTHING, parked: [waits] }),
  );
  expect([settled, applied]).toEqual(['settled', 'overtaken']);
  expect(await first.parking.list(9)).toEqual([]);
  expect(await first.checkpoint(WHOLE)).toBe(0n);
});

test.each([0n, 5n])(
  'clearing waits for the step from %d that is under way and leaves nothing of it',
  async (from) => {
    if (from > 0n) await step(first, WHOLE, [0n, from]);
    await first.parking.settle({ rows: new Map([['row-6', { seen: [] }]]), parked: [] });
    const parked = [{ key: 'a', was: undefined, becomes: PARKED }];
    const rows = new Map([['row-6', { seen: [6] }]]);
    const [applied] = await inTurn<[string, unknown]>(
      'select from {schema}.rm_1_counted_1 for update',
      () => first.apply({ slice: WHOLE, from, to: 6n, rows, parked }),
      () => second.clear(),
    );
    expect(applied).toBe('applied');
    expect(await first.parking.list(9)).toEqual([]);
    expect(await first.load(['row-5', 'row-6'])).toEqual(new Map());
    expect(await first.checkpoint(WHOLE)).toBe(0n);
  },
);

test('rows see every position once while replicas race and the table is divided again and again', async () => {
  const works = [first, second, first].map(project);
  const counts = [3, 1, 4, 2, 5, 1, 2];
  for (const count of counts) {
    while ((await second.slicing.divide(count)).next !== undefined);
  }
  await Promise.all(works);
  for (let key = 0; key < KEYS; key += 1) {
    const positions = Array.from({ length: Number(END) }, (_, n) => n + 1);
    const expected = positions.filter((position) => position % KEYS === key);
    expect((await first.get(`key-${key}`))?.seen).toEqual(expected);
  }
});

/** What a projector does, for an event at each position that concerns one key. */
async function project(table: Table): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const { count, checkpoints, next } = await table.slicing.read();
    if (checkpoints.every((checkpoint) => checkpoint >= END)) return;
    const index = turn % count;
    const from = checkpoints[index] ?? 0n;
    const last = next?.at ?? END;
    const to = from + BigInt(1 + (turn % 9)) < last ? from + BigInt(1 + (turn % 9)) : last;
    if (to > from) await foldOn(table, { index, count }, [from, to]);
  }
}

async function foldOn(table: Table, slice: Slice, [from, to]: readonly [bigint, bigint]) {
  const rows = new Map<string, Counted>();
  for (let position = Number(from) + 1; position <= Number(to); position += 1) {
    const key = `key-${position % KEYS}`;
    if (sliceOf(key, slice.count) !== slice.index) continue;
    const row = rows.get(key) ?? (await table.get(key)) ?? { seen: [] };
    rows.set(key, { seen: [...row.seen, position] });
  }
  await table.apply({ slice, from, to, rows });
}
