import {
  type EventEngine,
  type ParkedRow,
  type ReadModelShape,
  type ReadModelTable,
  WHOLE,
} from '@tidemark/core';
import {
  appendOf,
  newEvent,
  newEvents,
  type PostgresServer,
  startPostgres,
} from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';
import { openPostgresReadModels } from '../src/read-models.ts';
import { openPostgresTimers } from '../src/timers.ts';
import { type Looked, lookedAtBy } from './rows-looked-at.ts';

/** Of the log, its tags, a read model, and the timers. `make nightly` runs it with 1,000,000. */
const ROWS = Number(process.env.PLAN_ROWS ?? 200_000);
const BATCH = 100;
const PAGE = 1_000;
const schema = 'plans';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

function target() {
  return { url: server.url, schema };
}

/** Runs statements, a connection for all. */
async function run(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`set search_path = ${schema}; set synchronous_commit = off`);
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** Tables of a row or a few, which are read whole whatever the plan. */
const SMALL = ['log_head', 'read_models', 'read_model_slices', 'tidemark_migrations'];

/** `most`: rows that may be taken from the indexes of a table. What is not named may not be looked at. */
function expectLooked(
  looked: Readonly<Record<string, Looked>>,
  most: Readonly<Record<string, number>>,
): void {
  const large = Object.entries(looked).filter(([table]) => !SMALL.includes(table));
  const scanned = large.filter(([, rows]) => rows.scanned > 0);
  expect(scanned, 'tables that were read from the first row to the last').toEqual([]);
  const found = large.map(([table, rows]) => [table, rows.found] as const);
  const tooMany = found.filter(([table, rows]) => rows > (most[table] ?? 0));
  expect(tooMany, 'rows found by indexes').toEqual([]);
  expect(Object.keys(most).filter((table) => looked[table] === undefined)).toEqual([]);
}

/** Every kind of condition, new streams and old ones, accepted and refused; and requests that are decided alone. */
async function commitBatch(engine: EventEngine, batch: number): Promise<void> {
  const alone = appendOf([newEvent(`alone-${batch % 2}`)], [], { commandId: `alone-${batch}` });
  expect(await engine.commit([alone])).toMatchObject([{ kind: 'appended' }]);
  expect(await engine.commit([alone])).toMatchObject([{ kind: 'duplicate' }]);
  const head = await engine.head();
  const requests = Array.from({ length: BATCH }, (_, n) => {
    const name = `${batch}-${n}`;
    const isRepeated = n % 10 === 9 && batch > 0;
    const tags = [`seat:${name}`, `flight:${n}`];
    const stream = `flight-${batch % 2 === 0 ? n : name}` as const;
    return appendOf(
      [newEvent(stream, { id: name, tags }), newEvent(`gate-${n}`, { id: `${name}.1` })],
      [
        { stream: 'flight-none', revision: n % 10 === 8 ? 'some' : 'none' },
        { nothingMatches: [{ tags }, { tags: [`flight:${n}`], types: ['Unheard'] }], after: 0n },
        { nothingMatches: [{ types: ['Unheard'], categories: ['flight'] }], after: head },
      ],
      { commandId: isRepeated ? `command-${batch - 1}-1` : `command-${name}` },
    );
  });
  // A batch holds a command id once.
  const once = new Map(requests.map((request) => [request.commandId, request]));
  const kinds = (await engine.commit([...once.values()])).map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(
    new Set(['appended', 'conflict', ...(batch > 0 ? ['duplicate'] : [])]),
  );
}

/** What batches of the test left is not touched: these streams, tags and commands are others. */
const FILL_LOG = [
  `create temporary table start as select position from log_head`,
  `insert into streams (name)
    select 'filled-' || lpad(n::text, 7, '0') from generate_series(1, ${ROWS / 10}) n`,
  `insert into events (position, sid, recorded_at_ms, revision, schema, crc, command_events, type, id, data,
      meta, command_id)
    select start.position + n, first.sid + (n - 1) / 10, 0, (n - 1) % 10, 1, 0, 1, 'Filled', 'e', '{}', '{}',
      'filled-' || lpad(n::text, 7, '0')
    from start, generate_series(1, ${ROWS}) n,
      (select min(sid) as sid from streams where category = 'filled') first order by n`,
  `insert into event_tags
    select 'filled:' || lpad((n / 20)::text, 7, '0'), start.position + n
    from start, generate_series(1, ${ROWS}) n order by n`,
  `update log_head set position = position + ${ROWS}`,
];

test(`with ${ROWS} events in the log, commits touch few rows by plans that were made on an empty one`, async () => {
  const looked = await lookedAtBy(target(), async () => {
    const engine = await createPostgresEventEngine(target());
    for (let batch = 0; batch < 10; batch += 1) await commitBatch(engine, batch);
    await run(...FILL_LOG);
    for (let batch = 10; batch < 20; batch += 1) await commitBatch(engine, batch);
    await engine.close();
  });
  const requests = 20 * BATCH;
  expectLooked(looked, {
    events: 12 * requests,
    streams: 4 * requests,
    event_tags: 10 * requests,
  });
});

test('who commits alone looks neither for streams that it has committed to nor for new commands', async () => {
  const alone = { ...target(), schema: 'alone' };
  const names = Array.from({ length: 2 * BATCH }, (_, n) => `door-${n}` as const);
  const looked = await lookedAtBy(alone, async () => {
    const engine = await createPostgresEventEngine(alone);
    for (let commit = 0; commit < 10; commit += 1) {
      // New streams and known ones in a batch, and each of them alone.
      for (const upTo of [BATCH, 2 * BATCH]) {
        await engine.commit(
          names.slice(0, upTo).map((name) => {
            const commandId = `${commit}/${upTo}/${name}`;
            return appendOf([newEvent(name)], [], { commandId });
          }),
        );
      }
      await engine.commit([appendOf([newEvent('door-7')], [], { commandId: `alone-${commit}` })]);
    }
    await engine.close();
  });
  expectLooked(looked, {});
});

/** As long as nobody has counted the rows, and afterwards. */
test.each([
  ['not been analysed', []],
  ['been analysed', ['analyze']],
])(
  `with ${ROWS} events in a log that has %s, reads touch what they answer`,
  async (_, prepared) => {
    await run(...prepared);
    const looked = await lookedAtBy(target(), async () => {
      const engine = await createPostgresEventEngine({ ...target(), readConnections: 1 });
      for await (const page of engine.readStream('gate-7', { from: 5, upTo: 14 })) {
        expect(page).toHaveLength(10);
      }
      const after = (await engine.head()) - BigInt(PAGE);
      const page = await engine.readLog({ after, limit: PAGE });
      expect(page.events).toHaveLength(PAGE);
      const categories = { after, limit: PAGE, query: [{ categories: ['gate'] }] };
      expect((await engine.readLog(categories)).events.length).toBeGreaterThan(PAGE / 3);
      const tagged = { after: 0n, limit: PAGE, query: [{ tags: ['seat:12-7', 'flight:7'] }] };
      expect((await engine.readLog(tagged)).events).toHaveLength(1);
      expect(await engine.findCommand('command-12-7')).toBeDefined();
      await engine.close();
    });
    expectLooked(looked, {
      events: 2 * PAGE + 30,
      streams: 2 * PAGE + 30,
      event_tags: 30,
    });
  },
);

test('a long stream is read page by page, however short the planner takes it for', async () => {
  const long = { ...target(), schema: 'long' };
  const engine = await createPostgresEventEngine(long);
  for (let commit = 0; commit < 20; commit += 1) {
    await engine.commit([appendOf(newEvents('door-1', PAGE))]);
  }
  await engine.close();
  const looked = await lookedAtBy(long, async () => {
    const reader = await createPostgresEventEngine(long);
    let read = 0;
    for await (const page of reader.readStream('door-1')) read += page.length;
    expect(read).toBe(20 * PAGE);
    await reader.close();
  });
  expect(looked.events?.scanned).toBe(0);
  // Each event once, and the last one with each page.
  expect(looked.events?.found).toBeLessThan(20 * PAGE + 50);
});

interface Row {
  readonly status: string;
  readonly at: number;
}
const SHAPE: ReadModelShape<Row> = {
  name: 'planned',
  version: 1,
  indexes: { by_status: ['status', 'at'], by_at: ['at'] },
};
const TABLE = 'rm_1_planned_1';
/** Columns of indexed fields stand in the order of the indexes; numbers are 16 digits behind a 1, texts stand behind a 2. */
const FILL_ROWS = [
  `insert into ${TABLE} select 'filled-' || lpad(n::text, 7, '0'), '{}',
    '1bff' || lpad(to_hex(n), 13, '0'), '2filled' || n % 10
    from generate_series(1, ${ROWS}) n`,
  `insert into read_model_parked
    select 1, 'filled-' || lpad(n::text, 7, '0'), n, 'e', 'broken', '2030', 0
    from generate_series(1, ${ROWS / 10}) n`,
  `insert into snapshots select 'filled-' || lpad(n::text, 7, '0'), 1, n, 'e', '{}', 'd'
    from generate_series(1, ${ROWS / 10}) n`,
];

/** A step of new and known rows, parked ones among them, and a question of each kind. */
async function useTable(table: Required<ReadModelTable<Row>>, from: bigint): Promise<void> {
  const keys = Array.from({ length: PAGE }, (_, n) => `row-${from}-${n}`);
  await table.load(keys);
  await table.parking.load(keys);
  const rows = new Map(keys.map((key, at) => [key, { status: `s${from}`, at }]));
  const parked = { key: `row-${from}`, was: undefined, becomes: parkedRow(`row-${from}`) };
  for (const [step, parking] of [
    [from, [parked]],
    [from + 1n, []],
  ] as const) {
    const moved = { slice: WHOLE, from: step, to: step + 1n, rows, parked: parking };
    expect(await table.apply(moved)).toBe('applied');
  }
  await table.parking.settle({
    rows: new Map(),
    parked: [{ key: parked.key, was: parked.becomes, becomes: undefined }],
  });
  for (const order of ['ascending', 'descending'] as const) {
    const asked = { index: 'by_status', equals: [`s${from}`], order, limit: 20 };
    const { items, next } = await table.find(asked);
    expect(items).toHaveLength(20);
    const more = await table.find({ ...asked, ...(next !== undefined && { cursor: next }) });
    expect(more.items).toHaveLength(20);
    const range = { from: 10, upTo: 19 };
    expect((await table.find({ ...asked, range })).items).toHaveLength(10);
  }
}

function parkedRow(key: string): ParkedRow {
  return { key, position: 1n, eventId: 'e', error: 'broken', since: '2030', waiting: 0 };
}

test(`with ${ROWS} rows in a read model, steps and questions touch what they change and answer`, async () => {
  const open = async () => {
    const engine = await openPostgresReadModels({ ...target(), connections: 1 });
    const table = (await engine.open(SHAPE)) as Required<ReadModelTable<Row>>;
    return { engine, table };
  };
  const empty = await open();
  await empty.engine.close();
  await run(...FILL_ROWS);
  for (const [turn, prepared] of [[], ['analyze']].entries()) {
    await run(...prepared);
    const looked = await lookedAtBy(target(), async () => {
      const { engine, table } = await open();
      await useTable(table, BigInt(turn * 2));
      await engine.snapshots?.load('filled-0000007');
      await engine.close();
    });
    expectLooked(looked, { [TABLE]: 4 * PAGE, read_model_parked: 3 * PAGE, snapshots: 2 });
  }
});

test(`with ${ROWS} timers that wait, due ones are found among them`, async () => {
  const timer = (id: string, dueAtMs: number) => ({ id, dueAtMs, owner: 'process', input: {} });
  const first = await openPostgresTimers(target());
  await first.close();
  await run(`insert into timers select 'filled-' || lpad(n::text, 7, '0'), 1000000 + n, 'process', '{}'
      from generate_series(1, ${ROWS}) n`);
  for (const prepared of [[], ['analyze']]) {
    await run(...prepared);
    const looked = await lookedAtBy(target(), async () => {
      const timers = await openPostgresTimers(target());
      await timers.set(Array.from({ length: BATCH }, (_, n) => timer(`timer-${n}`, n)));
      const due = { owner: 'process', nowMs: 1_000_500, limit: PAGE };
      expect(await timers.due(due)).toHaveLength(600);
      expect(await timers.nextDueAtMs('process', 1_000_500)).toBe(1_000_501);
      expect(await timers.list(10, 'timer-5')).toHaveLength(10);
      expect(await timers.list(10)).toHaveLength(10);
      await timers.cancel(Array.from({ length: BATCH }, (_, n) => `timer-${n}`));
      await timers.close();
    });
    expectLooked(looked, { timers: 600 + 5 * BATCH });
  }
});
