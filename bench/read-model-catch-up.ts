// A read model with two indexes catches up with 200,000 events on SQLite, beside a hand-written loop over the same
// files with the same checks: read a page, check each row, parse, fold, upsert with the checkpoint. Rounds alternate;
// only the ratio of the medians counts. Run: npx tsx bench/read-model-catch-up.ts [rounds] [events]
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  type AppendRequest,
  createCodec,
  type EventEngine,
  type Logger,
  type MessagesOf,
  type ReadModel,
} from '@tidemark/core';
import { createEventStore, createSystemClock, openReadModel } from '@tidemark/runtime';
import {
  createSqliteEventEngine,
  openSqlite,
  openSqliteReadModels,
  type SqliteStatement,
} from '@tidemark/store-sqlite';

const ROUNDS = Number(process.argv[2] ?? 3);
const EVENTS = Number(process.argv[3] ?? 200_000);
const FLIGHTS = 5_000;
const PAGE = 1_000;

type BookingEvent = MessagesOf<{
  SeatBooked: { flightId: string; seat: string; amount: number; remarks: readonly string[] };
}>;

interface FlightRow {
  readonly flightId: string;
  readonly seats: number;
  readonly revenue: number;
  readonly status: string;
  readonly lastSeat: string;
}

const codec = createCodec<BookingEvent>({
  SeatBooked: {
    schema: 1,
    check: ({ seat, amount }) => {
      if (typeof seat !== 'string' || typeof amount !== 'number') throw new TypeError('shape');
    },
  },
});

function evolve(row: FlightRow | undefined, data: BookingEvent['data'], key: string): FlightRow {
  const seats = (row?.seats ?? 0) + 1;
  const revenue = (row?.revenue ?? 0) + data.amount;
  const status = seats > 30 ? 'full' : 'open';
  return { flightId: key, seats, revenue, status, lastSeat: data.seat };
}

const flights: ReadModel<BookingEvent, FlightRow> = {
  name: 'flights',
  version: 1,
  indexes: { by_status: ['status', 'seats'], by_revenue: ['revenue'] },
  categories: ['flight'],
  key: ({ stream }) => [stream],
  evolve: (row, { event }, key) => evolve(row, event.data, key),
};

const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: console.error,
  with: () => silent,
};
const clock = createSystemClock();

function hashed(n: number): string {
  return createHash('sha1').update(String(n)).digest('hex').slice(0, 32);
}

async function fill(engine: EventEngine): Promise<void> {
  for (let n = 0; n < EVENTS; ) {
    const batch: AppendRequest[] = [];
    for (let request = 0; request < 20 && n < EVENTS; request += 1) {
      const events = Array.from({ length: Math.min(50, EVENTS - n) }, () => {
        const id = hashed(n);
        n += 1;
        const flightId = String(Number.parseInt(id.slice(0, 8), 16) % FLIGHTS);
        const data = {
          flightId,
          seat: `${n % 40}A`,
          amount: n % 900,
          remarks: ['window', 'vegan'],
        };
        const cause = { correlationId: id, causationId: id, actor: 'user-1842' };
        return {
          id,
          stream: `flight-${flightId}`,
          type: 'SeatBooked',
          schema: 1,
          data,
          cause,
        } as const;
      });
      batch.push({ events, conditions: [] });
    }
    // Requests of one batch are independent here: none has a condition.
    await engine.commit(batch);
  }
}

interface Side {
  readonly name: string;
  /** Catches up with an empty file of rows. */
  readonly run: (readPath: string) => Promise<void>;
}

function ours(name: string, logPath: string, slices: number): Side {
  return {
    name,
    run: async (readPath) => {
      const engine = await createSqliteEventEngine(logPath);
      const readModels = await openSqliteReadModels(readPath);
      const live = await openReadModel({
        ...{ store: createEventStore(engine), readModels, codec, readModel: flights, slices },
        ...{ onFailure: { retries: 0, backoffMs: 1, giveUp: 'park' }, clock, log: silent },
      });
      const stop = new AbortController();
      const ended = live.runnable.run(stop.signal);
      await live.reached(BigInt(EVENTS), stop.signal);
      stop.abort();
      await ended;
      await readModels.close();
      await engine.close();
    },
  };
}

type LogRow = readonly [
  number,
  string,
  number,
  string,
  number,
  string,
  number,
  string,
  string,
  number,
];

const READ_PAGE = `SELECT e.pos, s.name, e.revision, e.type, e.schema, e.id, e.recorded_ms, e.data, e.meta, e.crc
  FROM events e LEFT JOIN streams s ON s.sid = e.sid WHERE e.pos > ? ORDER BY e.pos LIMIT ?`;
const UPSERT = `INSERT INTO rm_flights_1 (key, row, "c0_revenue", "c1_status", "c2_seats") VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET row = excluded.row, "c0_revenue" = excluded."c0_revenue",
  "c1_status" = excluded."c1_status", "c2_seats" = excluded."c2_seats"`;

function tupleOf(row: unknown): LogRow {
  const values: unknown = Array.isArray(row) ? row : Object.values(row as object);
  return values as LogRow;
}

function checkRow(row: LogRow, expected: number): void {
  const [pos, stream, revision, type, schema, id, at, data, meta, crc] = row;
  const text = `${pos}\0${stream}\0${revision}\0${type}\0${schema}\0${id}\0${at}\0${data}\0${meta}`;
  if (pos !== expected || crc32(text) !== crc) throw new Error(`the event at ${pos} is damaged`);
}

function foldRows(page: readonly LogRow[], after: number, select: SqliteStatement) {
  const rows = new Map<string, FlightRow>();
  let at = after;
  for (const row of page) {
    at += 1;
    checkRow(row, at);
    const key = row[1];
    let known = rows.get(key);
    if (known === undefined) {
      const stored = select.get(key) as { readonly row: string } | undefined;
      known = stored && (JSON.parse(stored.row) as FlightRow);
    }
    const data = JSON.parse(row[7]) as BookingEvent['data'];
    rows.set(key, evolve(known, data, key));
  }
  return { rows, at };
}

function byHand(logPath: string): Side {
  return {
    name: 'by hand',
    run: async (readPath) => {
      const readModels = await openSqliteReadModels(readPath);
      const { name, version, indexes } = flights;
      await readModels.open<FlightRow>({ name, version, indexes });
      await readModels.close();
      const [log, file] = [await openSqlite(logPath), await openSqlite(readPath)];
      file.exec('PRAGMA synchronous = NORMAL');
      const read = log.prepare(READ_PAGE);
      read.setReturnArrays?.(true);
      const select = file.prepare('SELECT row FROM rm_flights_1 WHERE key = ?');
      const upsert = file.prepare(UPSERT);
      const getCheckpoint = file.prepare('SELECT position FROM checkpoints WHERE name = ?');
      const setCheckpoint =
        file.prepare(`INSERT INTO checkpoints (name, position) VALUES ('flights', ?)
        ON CONFLICT (name) DO UPDATE SET position = excluded.position`);
      for (let from = 0; ; ) {
        const page = read.all(from, PAGE).map(tupleOf);
        if (page.length === 0) break;
        const { rows, at } = foldRows(page, from, select);
        file.exec('BEGIN IMMEDIATE');
        const stored = getCheckpoint.get('flights') as { readonly position: number } | undefined;
        if ((stored?.position ?? 0) !== from) throw new Error('overtaken');
        for (const [key, row] of rows) {
          upsert.run(key, JSON.stringify(row), row.revenue, row.status, row.seats);
        }
        setCheckpoint.run(at);
        file.exec('COMMIT');
        from = at;
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      log.close();
      file.close();
    },
  };
}

/** Rows of a file, to see that both sides did the same work. */
async function digestOf(readPath: string): Promise<string> {
  const file = await openSqlite(readPath);
  const rows = file.prepare('SELECT * FROM rm_flights_1 ORDER BY key').all();
  file.close();
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
const logPath = join(folder, 'log.db');
const engine = await createSqliteEventEngine(logPath);
await fill(engine);
await engine.close();
const sides = [
  byHand(logPath),
  ours('tidemark', logPath, 1),
  ours('tidemark, 4 slices', logPath, 4),
];
const figures = new Map<string, { readonly wallMs: number; readonly cpuMs: number }[]>();
const digests = new Set<string>();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const side of sides) {
    const readPath = join(folder, `${side.name.replaceAll(/\W/g, '-')}-${round}.read.db`);
    const began = process.cpuUsage();
    const beganMs = performance.now();
    await side.run(readPath);
    const wallMs = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(began);
    digests.add(await digestOf(readPath));
    figures.set(side.name, [
      ...(figures.get(side.name) ?? []),
      { wallMs, cpuMs: (user + system) / 1_000 },
    ]);
  }
}
if (digests.size !== 1) throw new Error('the sides made different rows');
const [limit] = sides;
for (const { name } of sides) {
  const of = (side: string, what: 'wallMs' | 'cpuMs') =>
    median((figures.get(side) ?? []).map((one) => one[what]));
  const rate = Math.round((EVENTS * 1_000) / of(name, 'wallMs'));
  const [wall, cpu] = (['wallMs', 'cpuMs'] as const).map((what) =>
    Math.round((100 * of(limit?.name ?? '', what)) / of(name, what)),
  );
  console.log(
    `${name.padEnd(20)} ${String(rate).padStart(8)} events/s, ${wall} % of the limit by time, ${cpu} % by processor`,
  );
}
rmSync(folder, { recursive: true });
