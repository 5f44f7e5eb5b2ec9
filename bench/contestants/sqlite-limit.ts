// The limit beside the rows on SQLite: statements written by hand, without our code, for the same bytes and the same
// durability. It checks nothing beyond its unique index, gives no command ids, checksums, tags or news.
import { runCallers, runUntil } from '../harness/callers.ts';
import { contest, numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { timed } from '../harness/figures.ts';
import { SIZES } from '../harness/settings.ts';
import { createStreams } from '../harness/streams.ts';
import {
  type Booked,
  type Booking,
  evolveBooked,
  type FlightRow,
  NOTHING_BOOKED,
  nextFlightRow,
} from './bookings.ts';
import { fillRaw, openRaw, type RawLog } from './sqlite-limit-log.ts';

const PAGE = 1_000;

/** `perCommit` events a transaction. */
async function prepareWrites(task: Task): Promise<Prepared> {
  const log = await openRaw(task.folder);
  const perCommit = numberOf(task, 'perCommit', 1);
  const streams = createStreams(numberOf(task, 'streams', SIZES.streams));
  const perStream = numberOf(task, 'perStream', 0);
  if (perStream > 0) fillRaw(log, streams, streams.count * perStream);
  // A whole append goes to one stream, as on our side; 64 callers are 64 streams.
  const perAppend = numberOf(task, 'perAppend', 1);
  const turn = async (): Promise<number> => {
    const taken = Array.from({ length: perCommit / perAppend }, streams.take);
    log.transaction(() => {
      for (const { stream, last } of taken) {
        for (let n = 1; n <= perAppend; n += 1) log.insert(stream, last + n);
      }
    });
    for (const one of taken) streams.give(one, perAppend);
    return perCommit;
  };
  await runUntil(1, SIZES.warmEvents, turn);
  return { round: (forMs) => runCallers(1, forMs, turn), close: async () => log.close() };
}

async function prepareStreamRead(task: Task): Promise<Prepared> {
  const log = await openRaw(task.folder);
  fillRaw(log, createStreams(1), numberOf(task, 'events', SIZES.longStream));
  return {
    round: () =>
      timed(async () => {
        let seats = 0;
        for (let from = 0; ; from += PAGE) {
          const rows = log.ofStream(0, from, PAGE);
          for (const row of rows) {
            if (parse(row.data).seat !== undefined && row.meta !== '') seats += 1;
          }
          if (rows.length < PAGE) return seats;
        }
      }),
    close: async () => log.close(),
  };
}

async function prepareLogRead(task: Task): Promise<Prepared> {
  const log = await openRaw(task.folder);
  fillRaw(log, createStreams(SIZES.streams), numberOf(task, 'events', SIZES.longLog));
  return {
    round: () =>
      timed(async () => {
        let seats = 0;
        for (let after = 0; ; ) {
          const rows = log.ofLog(after, PAGE);
          for (const row of rows) {
            if (parse(row.data).seat !== undefined && row.meta !== '') seats += 1;
          }
          const last = rows.at(-1);
          if (last === undefined) return seats;
          after = last.pos;
        }
      }),
    close: async () => log.close(),
  };
}

/** Reads a stream of 100 events and folds it; writes nothing. */
async function prepareRehydrations(task: Task): Promise<Prepared> {
  const log = await openRaw(task.folder);
  const count = numberOf(task, 'streams', SIZES.replayed);
  const perStream = numberOf(task, 'perStream', 100);
  const streams = createStreams(count);
  for (let stream = 0; stream < count; stream += 1) {
    log.transaction(() => {
      for (let n = 0; n < perStream; n += 1) log.insert(stream, n);
    });
  }
  const turn = async (): Promise<number> => {
    let state: Booked = NOTHING_BOOKED;
    for (const { data } of log.ofStream(streams.any(), 0, PAGE)) {
      state = evolveBooked(state, { type: 'SeatBooked', data: parse(data) });
    }
    return state.seats > 0 ? 1 : 0;
  };
  return { round: (forMs) => runCallers(1, forMs, turn), close: async () => log.close() };
}

const CREATE_ROWS = `CREATE TABLE flights (key TEXT PRIMARY KEY, row TEXT NOT NULL, amount, seat, bookings);
  CREATE INDEX flights_amount ON flights (amount, key);
  CREATE INDEX flights_seat ON flights (seat, bookings, key);
  CREATE TABLE checkpoint (position INTEGER NOT NULL);
  INSERT INTO checkpoint VALUES (0);`;
const SELECT_ROWS = 'SELECT key, row FROM flights WHERE key IN (SELECT value FROM json_each(?))';
const UPSERT_ROW = `INSERT INTO flights (key, row, amount, seat, bookings) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET row = excluded.row, amount = excluded.amount, seat = excluded.seat,
  bookings = excluded.bookings`;
const MOVE = 'UPDATE checkpoint SET position = ? WHERE position = ?';

/** The same fold with the same indexes: a page, the rows it touches, one transaction with the checkpoint. */
async function prepareCatchUp(task: Task): Promise<Prepared> {
  const log = await openRaw(task.folder);
  const events = numberOf(task, 'events', SIZES.catchUp);
  fillRaw(log, createStreams(SIZES.streams), events);
  const models = await openRaw(task.folder, 'models.db');
  // As on our side: what can be rebuilt does not wait for the disk.
  models.database.exec('PRAGMA synchronous = NORMAL');
  const catchUp = (): void => {
    models.database.exec('DROP TABLE IF EXISTS flights; DROP TABLE IF EXISTS checkpoint');
    models.database.exec(CREATE_ROWS);
    const [select, upsert, move] = [SELECT_ROWS, UPSERT_ROW, MOVE].map((sql) =>
      models.database.prepare(sql),
    ) as [Statement, Statement, Statement];
    for (let after = 0; ; ) {
      const page = log.ofLog(after, PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      const rows = loadRows(select, [...new Set(page.map(({ sid }) => `flight-${sid}`))]);
      for (const { sid, data } of page) {
        const key = `flight-${sid}`;
        rows.set(key, nextFlightRow(rows.get(key), key, parse(data)));
      }
      models.transaction(() => {
        if (move.run(last.pos, after).changes !== 1) throw new Error('overtaken');
        for (const [key, row] of rows) {
          upsert.run(key, JSON.stringify(row), row.amount, row.lastSeat, row.bookings);
        }
      });
      after = last.pos;
    }
  };
  return {
    round: () =>
      timed(async () => {
        catchUp();
        return events;
      }),
    close: async () => {
      models.close();
      log.close();
    },
  };
}

type Statement = ReturnType<RawLog['database']['prepare']>;

function loadRows(select: Statement, keys: readonly string[]): Map<string, FlightRow> {
  const found = select.all(JSON.stringify(keys)) as {
    readonly key: string;
    readonly row: string;
  }[];
  return new Map(found.map(({ key, row }) => [key, JSON.parse(row) as FlightRow]));
}

function parse(data: string): Booking['data'] {
  return JSON.parse(data) as Booking['data'];
}

contest({
  'catch-up': prepareCatchUp,
  'read-log': prepareLogRead,
  'read-stream': prepareStreamRead,
  rehydrate: prepareRehydrations,
  write: prepareWrites,
});
