// Appends on SQLite beside a hand-written insert loop: A1 (one at a time) and A64 (batches of 64), all
// promises on. Prints medians; only the ratio counts. Run: npx tsx bench/sqlite-append.ts [rounds]
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppendRequest, Cause, EventEngine, StreamName } from '@tidemark/core';
import { createSqliteEventEngine, openSqlite } from '@tidemark/store-sqlite';

const STREAMS = 5_000;
// Many short rounds in turn: what else the machine does falls on all sides alike.
const ROUNDS = Number(process.argv[2] ?? 15);
const CAUSE: Cause = {
  correlationId: 'a3bb189e-8bf9-3888-9912-ace4e6543002',
  causationId: '6fa459ea-ee8a-3ca4-894e-db77e160355e',
  actor: 'user-1842',
};

function hashed(n: number): string {
  return createHash('sha1').update(String(n)).digest('hex').slice(0, 32);
}

function dataOf(n: number): Record<string, unknown> {
  return {
    flightId: hashed(n),
    passenger: hashed(n + 1),
    seat: `${n % 40}A`,
    price: { amount: n % 900, currency: 'EUR' },
    remarks: ['window', 'vegetarian', 'no hand luggage'],
    bookedAt: '2030-01-01T10:00:00.000Z',
  };
}

interface Side {
  readonly write: (batch: readonly number[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

async function openRaw(path: string, encodeInLoop: boolean): Promise<Side> {
  const database = await openSqlite(path);
  database.exec(`CREATE TABLE events (pos INTEGER PRIMARY KEY, sid INTEGER NOT NULL, revision INTEGER NOT NULL,
    type TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, data TEXT NOT NULL, meta TEXT NOT NULL,
    UNIQUE (sid, revision))`);
  const insert = database.prepare(
    'INSERT INTO events (sid, revision, type, id, at, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const revisions = new Int32Array(STREAMS);
  const ready = JSON.stringify(dataOf(1));
  const meta = JSON.stringify(CAUSE);
  return {
    write: async (batch) => {
      database.exec('BEGIN IMMEDIATE');
      for (const n of batch) {
        const sid = Number.parseInt(hashed(n).slice(0, 8), 16) % STREAMS;
        const data = encodeInLoop ? JSON.stringify(dataOf(n)) : ready;
        const cause = encodeInLoop ? JSON.stringify(CAUSE) : meta;
        const revision = revisions[sid] ?? 0;
        revisions[sid] = revision + 1;
        insert.run(sid, revision, 'SeatBooked', hashed(n), Date.now(), data, cause);
      }
      database.exec('COMMIT');
    },
    close: async () => database.close(),
  };
}

async function openEngine(path: string, commands: boolean): Promise<Side> {
  const engine: EventEngine = await createSqliteEventEngine(path);
  const revisions = new Int32Array(STREAMS).fill(-1);
  const requestOf = (n: number): AppendRequest => {
    const sid = Number.parseInt(hashed(n).slice(0, 8), 16) % STREAMS;
    const stream: StreamName = `flight-${sid}`;
    const last = revisions[sid] ?? -1;
    revisions[sid] = last + 1;
    const id = hashed(n);
    const event = { id, stream, type: 'SeatBooked', schema: 1, data: dataOf(n), cause: CAUSE };
    const conditions = [{ stream, revision: last < 0 ? ('none' as const) : last }];
    return { events: [event], conditions, ...(commands ? { commandId: id } : {}) };
  };
  return {
    write: async (batch) => {
      const unique = [...new Set(batch)];
      const results = await engine.commit(unique.map(requestOf));
      if (results.some((result) => result.kind !== 'appended')) throw new Error('not appended');
    },
    close: engine.close,
  };
}

let next = 0;

/** Beside the speed the processor's time for an event, which a busy machine disturbs less. */
interface Figure {
  readonly perSecond: number;
  readonly cpuUs: number;
}

async function measure(side: Side, size: number, batches: number): Promise<Figure> {
  const beganMs = performance.now();
  const began = process.cpuUsage();
  for (let batch = 0; batch < batches; batch += 1) {
    await side.write(Array.from({ length: size }, () => next++));
  }
  const { user, system } = process.cpuUsage(began);
  return {
    perSecond: (size * batches * 1_000) / (performance.now() - beganMs),
    cpuUs: (user + system) / (size * batches),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const sides: Readonly<Record<string, Side>> = {
  'raw, JSON ready': await openRaw(join(folder, 'ready.db'), false),
  'raw, JSON in loop': await openRaw(join(folder, 'raw.db'), true),
  'engine without command ids': await openEngine(join(folder, 'plain.db'), false),
  engine: await openEngine(join(folder, 'engine.db'), true),
};
for (const side of Object.values(sides)) await measure(side, 64, 1_000);
for (const [workload, size, batches] of [
  ['A1', 1, 300],
  ['A64', 64, 100],
] as const) {
  const figures = new Map<string, Figure[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, side] of Object.entries(sides)) {
      const list = figures.get(name) ?? [];
      list.push(await measure(side, size, batches));
      figures.set(name, list);
    }
  }
  const rateOf = (name: string) => median((figures.get(name) ?? []).map((one) => one.perSecond));
  const bestOf = (name: string) =>
    Math.max(...(figures.get(name) ?? []).map((one) => one.perSecond));
  for (const [name, list] of figures) {
    const percent = Math.round((100 * rateOf(name)) / rateOf('raw, JSON in loop'));
    const best = Math.round((100 * bestOf(name)) / bestOf('raw, JSON in loop'));
    const cpuUs = median(list.map((one) => one.cpuUs)).toFixed(1);
    const rate = `${Math.round(rateOf(name))}/s`.padStart(9);
    console.log(
      `${workload.padEnd(4)} ${name.padEnd(27)} ${rate} ${percent} % (best rounds ${best} %), ${cpuUs} us of processor`,
    );
  }
}
for (const side of Object.values(sides)) await side.close();
rmSync(folder, { recursive: true });
