import type { AppendRequest, AppendResult, EventEngine, Recorded } from '@tidemark/core';
import {
  appendOf,
  newEvent,
  newEvents,
  type PostgresServer,
  startPostgres,
} from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPostgresEventEngine } from './event-engine.ts';
import { migrate } from './migrate.ts';
import { LOG_MIGRATIONS } from './migrations/log.ts';

let server: PostgresServer;
let admin: pg.Client;
let schema: string;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
});
beforeEach(() => {
  schemas += 1;
  schema = `case_${schemas}`;
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

async function withEngines(
  count: number,
  work: (...engines: EventEngine[]) => Promise<void>,
): Promise<void> {
  const opening = Array.from({ length: count }, () =>
    createPostgresEventEngine({ url: server.url, schema }),
  );
  const engines = await Promise.all(opening);
  try {
    await work(...engines);
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
  }
}

async function logOf(engine: EventEngine): Promise<readonly Recorded[]> {
  return (await engine.readLog({ after: 0n, limit: 10_000 })).events;
}

describe('several processes on one schema', () => {
  test('may open it for the first time together', async () => {
    await withEngines(6, async (...engines) => {
      await Promise.all(engines.map((engine) => engine.commit([appendOf(newEvents('door-1', 2))])));
      expect(await engines[0]?.head()).toBe(12n);
    });
  });

  test('race for each revision of a stream, and exactly one of them wins each time', async () => {
    await withEngines(2, async (first, second) => {
      for (let n = 0; n < 60; n += 1) {
        const conditions = [{ stream: 'door-1', revision: n === 0 ? 'none' : n - 1 } as const];
        const results = await Promise.all(
          [first, second].map((one) => one?.commit([appendOf([newEvent('door-1')], conditions)])),
        );
        const kinds = results.map((answers) => answers?.[0]?.kind).sort();
        expect(kinds, `revision ${n}`).toEqual(['appended', 'conflict']);
      }
    });
  });

  test.each([
    ['a request alone', []],
    ['a batch', [appendOf([newEvent('door-2')])]],
  ])(
    'that wait for the lock check what was committed meanwhile, not what they saw before: %s',
    async (_, others) => {
      await withEngines(1, async (engine) => {
        const holder = new pg.Client({ connectionString: server.url });
        await holder.connect();
        await holder.query('begin');
        await holder.query(`select from "${schema}".log_head for update`);
        const none = [{ stream: 'door-1', revision: 'none' } as const];
        const waiting = engine.commit([appendOf([newEvent('door-1')], none), ...others]);
        await untilOneWaits(`update "${schema}".log_head`);
        // What another process would commit under the same lock.
        await holder.query(`insert into "${schema}".streams (name) values ('door-1')`);
        await holder.query(`insert into "${schema}".events (position, sid, recorded_at_ms, revision,
        schema, crc, type, id, data, meta) select 1, sid, 0, 0, 1, 0, 't', 'i', '{}', '{}'
        from "${schema}".streams where name = 'door-1'`);
        await holder.query(`update "${schema}".log_head set position = 1`);
        await holder.query('commit');
        await holder.end();
        expect((await waiting)[0]).toEqual({ kind: 'conflict', condition: none[0], actual: 0 });
        expect(await engine.head()).toBe(BigInt(1 + others.length));
      });
    },
  );
});

/** Resolves once a session waits for a lock in a commit. */
async function untilOneWaits(statement: string): Promise<void> {
  for (;;) {
    const { rows } = await admin.query(
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%.commit\\_%'",
    );
    if (rows.length > 0) return;
    expect(statement).toBeDefined();
  }
}

describe('the database itself', () => {
  test.each([
    'update "{schema}".events set data = \'{}\'',
    'delete from "{schema}".events',
    'truncate "{schema}".events',
    'update "{schema}".event_tags set tag = \'x\'',
    'delete from "{schema}".event_tags',
    'truncate "{schema}".streams',
    'delete from "{schema}".log_head',
    'truncate "{schema}".log_head',
    'insert into "{schema}".log_head (only_row, position) values (false, 7)',
  ])('refuses %s', async (statement) => {
    await withEngines(1, async (engine) => {
      await engine.commit([appendOf([newEvent('door-1', { tags: ['key:1'] })])]);
      const sql = statement.replace('{schema}', schema);
      await expect(admin.query(sql)).rejects.toMatchObject({ code: '23001' });
      expect(await logOf(engine)).toHaveLength(1);
    });
  });

  test.each([
    'data = \'{"note":"another"}\'',
    "type = 'Another'",
    "id = 'another'",
    'schema = 2',
    'recorded_at_ms = recorded_at_ms + 1',
    'position = 7',
    "tags = '[]'",
    "meta = replace(meta, 'tester', 'somebody')",
  ])('cannot be changed behind the back of the log: %s is noticed when read', async (change) => {
    await withEngines(1, async (engine) => {
      await engine.commit([appendOf([newEvent('door-1', { tags: ['key:1'] })])]);
      await admin.query(`alter table "${schema}".events disable trigger events_append_only`);
      await admin.query(`update "${schema}".events set ${change}`);
      await expect(engine.readLog({ after: 0n, limit: 10 })).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
      });
      await expect(
        engine.readStream('door-1')[Symbol.asyncIterator]().next(),
      ).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    });
  });

  test('cannot lose a row unnoticed', async () => {
    await withEngines(1, async (engine) => {
      await engine.commit([appendOf(newEvents('door-1', 3))]);
      await admin.query(`alter table "${schema}".events disable trigger events_append_only`);
      await admin.query(`delete from "${schema}".events where position = 2`);
      const corrupt = { code: 'LOG_CORRUPT' };
      await expect(logOf(engine)).rejects.toMatchObject(corrupt);
      await expect(
        engine.readStream('door-1')[Symbol.asyncIterator]().next(),
      ).rejects.toMatchObject(corrupt);
    });
  });

  test('that is a newer one than this code knows is refused', async () => {
    await withEngines(1, async () => undefined);
    await admin.query(
      `insert into "${schema}".tidemark_migrations (component, step) values ('log', 99)`,
    );
    await expect(createPostgresEventEngine({ url: server.url, schema })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
  });
});

describe('a log from before the counter row knew the time', () => {
  test('is brought up to date, and nothing is recorded earlier than its last event', async () => {
    const pool = new pg.Pool({ connectionString: server.url, max: 1 });
    await migrate(pool, schema, { ...LOG_MIGRATIONS, steps: LOG_MIGRATIONS.steps.slice(0, 3) });
    await pool.end();
    const laterMs = Date.UTC(2100, 0, 1);
    await admin.query(`insert into "${schema}".streams (name) values ('door-1')`);
    await admin.query(
      `insert into "${schema}".events
        (position, sid, recorded_at_ms, revision, schema, crc, type, id, data, meta)
      select 1, sid, $1, 0, 1, 0, 'Opened', 'event-1', '{}', '{}' from "${schema}".streams`,
      [laterMs],
    );
    await admin.query(`update "${schema}".log_head set position = 1`);
    await withEngines(1, async (engine) => {
      await engine.commit([appendOf([newEvent('door-2')])]);
      const { events } = await engine.readLog({ after: 1n, limit: 10 });
      expect(events.map(({ recordedAt }) => recordedAt)).toEqual(['2100-01-01T00:00:00.000Z']);
    });
  });
});

describe('a session that is killed', () => {
  test('in the middle of a commit leaves the outcome unknown, and the retry stores nothing twice', async () => {
    await withEngines(1, async (engine) => {
      const holder = new pg.Client({ connectionString: server.url });
      await holder.connect();
      for (let n = 0; n < 5; n += 1) {
        const request = appendOf(newEvents('door-1', 2), [], { commandId: `command-${n}` });
        await engine.commit([appendOf([newEvent('door-2')])]);
        await holder.query('begin');
        await holder.query(`select from "${schema}".log_head for update`);
        const committing = engine.commit([request]).then(
          () => 'stored',
          (error: { readonly code: string }) => error.code,
        );
        await untilOneWaits(schema);
        await killCommitters();
        await holder.query('rollback');
        expect(['OUTCOME_UNKNOWN', 'STORE_UNAVAILABLE']).toContain(await committing);
        expect(await retry(engine, request)).toMatchObject({ kind: 'appended' });
        expect(await retry(engine, request)).toMatchObject({ kind: 'duplicate' });
      }
      await holder.end();
      expect(await logOf(engine)).toHaveLength(15);
    });
  });

  test('at any moment of many commits loses no acknowledged command and stores none twice', async () => {
    await withEngines(1, async (engine) => {
      const requests = Array.from({ length: 40 }, (_, n) =>
        appendOf([newEvent(`door-${n}`)], [{ stream: `door-${n}`, revision: 'none' }], {
          commandId: `command-${n}`,
        }),
      );
      const outcomes: AppendResult[] = [];
      for (const request of requests) {
        // Sent together, so that the kill comes before, in the middle of or behind the commit.
        const [outcome] = await Promise.all([retry(engine, request), killCommitters()]);
        outcomes.push(outcome);
      }
      expect(outcomes.every(({ kind }) => kind !== 'conflict')).toBe(true);
      expect((await logOf(engine)).map(({ id }) => id)).toEqual(
        requests.map(({ events }) => events[0]?.id),
      );
    });
  });

  test('while it was idle is replaced before the next commit', async () => {
    await withEngines(1, async (engine) => {
      await engine.commit([appendOf([newEvent('door-1')])]);
      await admin.query(
        'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = $1',
        ['client backend'],
      );
      expect(await retry(engine, appendOf([newEvent('door-1')]))).toMatchObject({ position: 2n });
    });
  });
});

/** Kills every session that has sent a commit. */
async function killCommitters(): Promise<void> {
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%.commit\\_%' and pid <> pg_backend_pid()",
  );
}

/** What a caller does who gets no answer: the same request again. */
async function retry(engine: EventEngine, request: AppendRequest): Promise<AppendResult> {
  for (;;) {
    try {
      return (await engine.commit([request]))[0] as AppendResult;
    } catch (error) {
      expect(error).toMatchObject({ name: 'Fault' });
      expect(['OUTCOME_UNKNOWN', 'STORE_UNAVAILABLE']).toContain(
        (error as { readonly code: string }).code,
      );
    }
  }
}

test('a server that nobody reaches is STORE_UNAVAILABLE', async () => {
  const url = 'postgres://nobody:none@127.0.0.1:1/none';
  await expect(createPostgresEventEngine({ url })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  });
});

test.each(['http://localhost/db', 'nonsense', 'postgres://localhost/db?schema=No-Name'])(
  'the URL %s is refused as configuration',
  async (url) => {
    await expect(createPostgresEventEngine({ url })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
  },
);

test('the schema may stand in the URL', async () => {
  const engine = await createPostgresEventEngine({ url: `${server.url}?schema=${schema}` });
  await engine.commit([appendOf([newEvent('door-1')])]);
  await engine.close();
  const { rows } = await admin.query(`select count(*)::int as events from "${schema}".events`);
  expect(rows).toEqual([{ events: 1 }]);
});

test('without listening, news of another process is found by asking', async () => {
  const options = { url: server.url, schema };
  const writer = await createPostgresEventEngine(options);
  const reader = await createPostgresEventEngine({ ...options, listen: false });
  const waiting = reader.awaitNews(0n, new AbortController().signal);
  await writer.commit([appendOf([newEvent('door-1')])]);
  await waiting;
  expect(await reader.head()).toBe(1n);
  await Promise.all([reader.close(), writer.close()]);
});
