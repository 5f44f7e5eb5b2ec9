// Appends on PostgreSQL beside a hand-written `insert … select from unnest` on one connection and, where it is
// installed, pgbench: A1 (one at a time), A64 (batches of 64), T64 (with two tags and a DCB condition), all
// promises on. Prints medians; only the ratios count. Run: npx tsx bench/postgres-append.ts [rounds]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppendRequest, Cause, StreamName } from '@tidemark/core';
import { createPostgresEventEngine } from '@tidemark/store-postgres';
import { startPostgres } from '@tidemark/testing';
import pg from 'pg';

const STREAMS = 5_000;
const ROUNDS = Number(process.argv[2] ?? 5);
const CAUSE: Cause = {
  correlationId: 'a3bb189e-8bf9-3888-9912-ace4e6543002',
  causationId: '6fa459ea-ee8a-3ca4-894e-db77e160355e',
  actor: 'user-1842',
};

function hashed(n: number | string): string {
  return createHash('sha1').update(String(n)).digest('hex').slice(0, 32);
}

function dataOf(n: number, id: string): Record<string, unknown> {
  return {
    flightId: id,
    passenger: id,
    seat: `${n % 40}A`,
    price: { amount: n % 900, currency: 'EUR' },
    remarks: ['window', 'vegetarian', 'no hand luggage'],
    bookedAt: '2030-01-01T10:00:00.000Z',
  };
}

interface Side {
  readonly write: (batch: readonly Row[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Row {
  readonly n: number;
  readonly id: string;
  readonly sid: number;
  readonly revision: number;
}

/** Rows on random streams, each stream once in a batch. Made before the clock starts. */
function createRows(): (size: number) => readonly Row[] {
  const revisions = new Int32Array(STREAMS);
  let n = 0;
  return (size) => {
    const taken = new Set<number>();
    const rows: Row[] = [];
    while (rows.length < size) {
      n += 1;
      const id = hashed(n);
      const sid = Number.parseInt(id.slice(0, 8), 16) % STREAMS;
      if (taken.has(sid)) continue;
      taken.add(sid);
      const revision = revisions[sid] ?? 0;
      revisions[sid] = revision + 1;
      rows.push({ n, id, sid, revision });
    }
    return rows;
  };
}

const LIMIT_TABLE = `create table public.limit_events (pos bigint generated always as identity primary key,
  sid bigint not null, revision integer not null, type text not null, id text not null, at bigint not null,
  data text not null, meta text not null, unique (sid, revision))`;
const LIMIT_INSERT = `insert into public.limit_events (sid, revision, type, id, at, data, meta)
  select * from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])`;

async function openLimit(url: string): Promise<Side> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(LIMIT_TABLE);
  return {
    write: async (batch) => {
      await client.query({
        name: 'limit',
        text: LIMIT_INSERT,
        values: [
          batch.map(({ sid }) => sid),
          batch.map(({ revision }) => revision),
          batch.map(() => 'SeatBooked'),
          batch.map(({ id }) => id),
          batch.map(() => Date.now()),
          batch.map(({ n, id }) => JSON.stringify(dataOf(n, id))),
          batch.map(() => JSON.stringify(CAUSE)),
        ],
      });
    },
    close: () => client.end(),
  };
}

interface Promises {
  readonly commands: boolean;
  readonly tags: boolean;
}

async function openEngine(url: string, schema: string, promises: Promises): Promise<Side> {
  const engine = await createPostgresEventEngine({ url, schema });
  const requestOf = ({ n, id, sid, revision }: Row): AppendRequest => {
    const stream: StreamName = `flight-${sid}`;
    const event = { id, stream, type: 'SeatBooked', schema: 1, data: dataOf(n, id), cause: CAUSE };
    const command = promises.commands ? { commandId: id } : {};
    if (promises.tags) {
      const tags = [`seat:${hashed(`a${id}`)}`, `passenger:${hashed(`b${id}`)}`];
      const conditions = [{ nothingMatches: [{ tags }], after: BigInt(Math.max(0, n - 200)) }];
      return { events: [{ ...event, tags }], conditions, ...command };
    }
    const last = revision === 0 ? ('none' as const) : revision - 1;
    return { events: [event], conditions: [{ stream, revision: last }], ...command };
  };
  return {
    write: async (batch) => {
      const results = await engine.commit(batch.map(requestOf));
      if (results.some(({ kind }) => kind !== 'appended')) throw new Error('not appended');
    },
    close: engine.close,
  };
}

async function eventsPerSecond(side: Side, batches: readonly (readonly Row[])[]): Promise<number> {
  const beganMs = performance.now();
  for (const batch of batches) await side.write(batch);
  const size = batches[0]?.length ?? 0;
  return (size * batches.length * 1_000) / (performance.now() - beganMs);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function pgbenchRate(url: string): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const script = join(folder, 'insert.sql');
  const data = JSON.stringify(dataOf(1, hashed(1)));
  writeFileSync(
    script,
    `\\set sid random(100000, 200000000)\ninsert into public.limit_events (sid, revision, type, id, at, data, meta)
 values (:sid, 0, 'SeatBooked', 'a3bb189e8bf938889912ace4e6543002', 0, '${data}', '${JSON.stringify(CAUSE)}') on conflict do nothing;`,
  );
  try {
    const args = ['-n', '-M', 'prepared', '-c', '1', '-T', '3', '-f', script, '-d', url];
    const said = execFileSync('pgbench', args, { encoding: 'utf8', stdio: 'pipe' });
    return Number(/tps = ([\d.]+)/.exec(said)?.[1]);
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const server = await startPostgres();
const sides: Readonly<Record<string, Side>> = {
  'limit (unnest)': await openLimit(server.url),
  'engine, no command ids': await openEngine(server.url, 'plain', { commands: false, tags: false }),
  engine: await openEngine(server.url, 'engine', { commands: true, tags: false }),
  'engine, tags + DCB (T)': await openEngine(server.url, 'tagged', { commands: true, tags: true }),
};
const rowsOf = new Map(Object.keys(sides).map((name) => [name, createRows()]));
const take = (name: string, size: number, batches: number) =>
  Array.from({ length: batches }, () => rowsOf.get(name)?.(size) ?? []);
for (const [name, side] of Object.entries(sides)) await eventsPerSecond(side, take(name, 64, 500));

for (const [workload, size, batches] of [
  ['A1', 1, 1_000],
  ['A64', 64, 300],
] as const) {
  const figures = new Map<string, number[]>();
  const note = (name: string, rate: number) =>
    figures.set(name, [...(figures.get(name) ?? []), rate]);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, side] of Object.entries(sides)) {
      note(name, await eventsPerSecond(side, take(name, size, batches)));
    }
    const rate = size === 1 ? pgbenchRate(server.url) : undefined;
    if (rate !== undefined) note('pgbench, 1 client', rate);
  }
  const limit = median(figures.get('limit (unnest)') ?? []);
  for (const [name, list] of figures) {
    const rate = median(list);
    const percent = Math.round((100 * rate) / limit);
    console.log(`${workload.padEnd(4)} ${name.padEnd(24)} ${Math.round(rate)}/s  ${percent} %`);
  }
}
for (const side of Object.values(sides)) await side.close();
await server.stop();
