// The limit beside the rows on PostgreSQL: pgbench for one client, else statements written by hand on one connection.
// It checks nothing beyond its unique index, gives no command ids, checksums, tags, order between processes or news.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { runCallers, runUntil } from '../harness/callers.ts';
import { contest, numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { type Figure, timed } from '../harness/figures.ts';
import { CAUSE, nextId, nextPayload, TYPE } from '../harness/payload.ts';
import { SIZES } from '../harness/settings.ts';
import { createStreams } from '../harness/streams.ts';

const PAGE = 1_000;
const run = promisify(execFile);

interface RawRow {
  readonly pos: string;
  readonly data: string;
}

interface RawLog {
  readonly schema: string;
  readonly insert: (
    rows: readonly { readonly sid: number; readonly revision: number }[],
  ) => Promise<void>;
  readonly ofStream: (sid: number, from: number) => Promise<readonly RawRow[]>;
  readonly ofLog: (after: string) => Promise<readonly RawRow[]>;
  /** Counts its rows, without which pages of a stream are planned as if it had a few. */
  readonly analyze: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const COLUMNS = 'pos, sid, revision, type, id, at, data, meta';

async function openRaw({ url, schema = 'limit' }: Task): Promise<RawLog> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create schema ${schema}`);
  await client.query(`create table ${schema}.events (pos bigint generated always as identity primary key,
    sid bigint not null, revision integer not null, type text not null, id text not null, at bigint not null,
    data text not null, meta text not null, unique (sid, revision))`);
  // A plan made while the table is empty would be kept, and cost a quarter of the speed.
  await client.query('set plan_cache_mode = force_custom_plan');
  const insert = `insert into ${schema}.events (sid, revision, type, id, at, data, meta) select * from
    unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])`;
  const ofStream = `select ${COLUMNS} from ${schema}.events where sid = $1 and revision >= $2
    order by revision limit ${PAGE}`;
  const ofLog = `select ${COLUMNS} from ${schema}.events where pos > $1 order by pos limit ${PAGE}`;
  const select = async (name: string, text: string, values: unknown[]) =>
    (await client.query<RawRow>({ name, text, values })).rows;
  return {
    schema,
    insert: async (rows) => {
      const at = Date.now();
      const values = [
        rows.map(({ sid }) => sid),
        rows.map(({ revision }) => revision),
        rows.map(() => TYPE),
        rows.map(nextId),
        rows.map(() => at),
        rows.map(() => JSON.stringify(nextPayload())),
        rows.map(() => JSON.stringify(CAUSE)),
      ];
      await client.query({ name: 'insert', text: insert, values });
    },
    ofStream: (sid, from) => select('stream', ofStream, [sid, from]),
    ofLog: (after) => select('log', ofLog, [after]),
    analyze: async () => void (await client.query(`analyze ${schema}.events`)),
    close: () => client.end(),
  };
}

/** `perCommit` events a statement, on one connection. */
async function prepareWrites(task: Task): Promise<Prepared> {
  const log = await openRaw(task);
  const streams = createStreams(SIZES.streams);
  const perCommit = numberOf(task, 'perCommit', 1);
  const turn = async (): Promise<number> => {
    const taken = Array.from({ length: perCommit }, streams.take);
    await log.insert(taken.map(({ stream, last }) => ({ sid: stream, revision: last + 1 })));
    for (const one of taken) streams.give(one, 1);
    return perCommit;
  };
  await runUntil(1, SIZES.warmEvents, turn);
  return { round: (forMs) => runCallers(1, forMs, turn), close: log.close };
}

/** `perCommit` rows of one stream in a statement, by the server's own load program with one client. */
async function preparePgbench(task: Task): Promise<Prepared> {
  const log = await openRaw(task);
  const perCommit = numberOf(task, 'perCommit', 1);
  const folder = await mkdtemp(join(task.folder, 'pgbench-'));
  const script = join(folder, 'insert.sql');
  await writeFile(script, pgbenchScript(log.schema, perCommit));
  const bench = async (forMs: number): Promise<Figure> => {
    const forS = Math.max(1, Math.round(forMs / 1_000));
    const args = ['-n', '-M', 'prepared', '-c', '1', '-T', `${forS}`, '-f', script, `${task.url}`];
    const { stdout } = await run('pgbench', args);
    return { perSecond: perCommit * Number(/tps = ([\d.]+)/.exec(stdout)?.[1]) };
  };
  await bench(1_000);
  return {
    round: bench,
    close: async () => {
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Revisions at random among so many that they practically never meet. */
function pgbenchScript(schema: string, rows: number): string {
  const text = (value: unknown): string => `'${JSON.stringify(value)}'`;
  const values = Array.from({ length: rows }, (_, n) => {
    const [data, meta] = [nextPayload(), CAUSE].map(text);
    return `(:sid, :first * ${rows} + ${n}, '${TYPE}', '${nextId()}', 0, ${data}, ${meta})`;
  });
  return `\\set sid random(1, ${SIZES.streams})
\\set first random(0, 20000000)
insert into ${schema}.events (sid, revision, type, id, at, data, meta) values ${values.join(', ')};
`;
}

async function prepareStreamRead(task: Task): Promise<Prepared> {
  const log = await openRaw(task);
  await fill(log, numberOf(task, 'events', SIZES.longStream), () => 0);
  return {
    round: () =>
      timed(async () => {
        let seats = 0;
        for (let from = 0; ; from += PAGE) {
          const rows = await log.ofStream(0, from);
          seats += countSeats(rows);
          if (rows.length < PAGE) return seats;
        }
      }),
    close: log.close,
  };
}

/** Also the limit beside catching up: what must be read before anything can be folded. */
async function prepareLogRead(task: Task): Promise<Prepared> {
  const log = await openRaw(task);
  await fill(log, numberOf(task, 'events', SIZES.longLog), createStreams(SIZES.streams).any);
  return {
    round: () =>
      timed(async () => {
        let seats = 0;
        for (let after = '0'; ; ) {
          const rows = await log.ofLog(after);
          const last = rows.at(-1);
          if (last === undefined) return seats;
          seats += countSeats(rows);
          after = last.pos;
        }
      }),
    close: log.close,
  };
}

async function fill(log: RawLog, events: number, streamOf: () => number): Promise<void> {
  const next = new Map<number, number>();
  for (let written = 0; written < events; written += PAGE) {
    const rows = Array.from({ length: Math.min(PAGE, events - written) }, () => {
      const sid = streamOf();
      const revision = next.get(sid) ?? 0;
      next.set(sid, revision + 1);
      return { sid, revision };
    });
    await log.insert(rows);
  }
  await log.analyze();
}

function countSeats(rows: readonly RawRow[]): number {
  let seats = 0;
  for (const { data } of rows) {
    if ((JSON.parse(data) as { readonly seat?: string }).seat !== undefined) seats += 1;
  }
  return seats;
}

contest({
  pgbench: preparePgbench,
  'read-log': prepareLogRead,
  'read-stream': prepareStreamRead,
  write: prepareWrites,
});
