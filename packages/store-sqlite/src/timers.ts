import { Fault, type JsonObject, type Timer, type Timers } from '@tidemark/core';
import { openSqlite, type SqliteDatabase } from './open-sqlite.ts';
import { decodeText, encodeText } from './read-model-engine-values.ts';
import { prepareTuples } from './rows.ts';
import { faultOf } from './sqlite-faults.ts';
import { inTransaction } from './transactions.ts';

const CREATE_TIMERS = `CREATE TABLE IF NOT EXISTS timers (
  id TEXT PRIMARY KEY, due_at_ms INTEGER NOT NULL, owner TEXT NOT NULL, input TEXT NOT NULL) STRICT`;
const CREATE_INDEX = 'CREATE INDEX IF NOT EXISTS timers_due ON timers (owner, due_at_ms, id)';
const INSERT_TIMER = `INSERT INTO timers (id, due_at_ms, owner, input) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO NOTHING`;
const DELETE_TIMER = 'DELETE FROM timers WHERE id = ?';
/** Both are answered from `timers_due` alone, the first with a look at each row that it answers. */
export const SELECT_DUE = `SELECT id, due_at_ms, owner, input FROM timers
  WHERE owner = ? AND due_at_ms <= ? ORDER BY due_at_ms, id LIMIT ?`;
export const SELECT_NEXT = `SELECT due_at_ms FROM timers
  WHERE owner = ? AND due_at_ms > ? ORDER BY due_at_ms LIMIT 1`;
const SELECT_ALL = `SELECT id, due_at_ms, owner, input FROM timers
  WHERE id > ? ORDER BY id LIMIT ?`;
const SELECT_FIRST = 'SELECT id, due_at_ms, owner, input FROM timers ORDER BY id LIMIT ?';

type TimerRow = readonly [id: string, dueAtMs: number, owner: string, input: string];

/**
 * Opens timers in a file, best that of the service's log: every change is synced before it resolves, as an event
 * is, because a timer that is lost is a promise that is not kept. Several processes may work on it.
 *
 * @throws STORE_UNAVAILABLE, STORE_FULL, CONFIGURATION_INVALID when the file cannot be used.
 *
 * @example
 * const timers = await openSqliteTimers('./data/flights.db');
 */
export async function openSqliteTimers(path: string): Promise<Timers> {
  const database = await openSqlite(path);
  try {
    inTransaction(database, () => {
      database.exec(CREATE_TIMERS);
      database.exec(CREATE_INDEX);
    });
    return createTimers(database);
  } catch (error) {
    database.close();
    throw faultOf(error);
  }
}

function createTimers(database: SqliteDatabase): Timers {
  const insertTimer = database.prepare(INSERT_TIMER);
  const deleteTimer = database.prepare(DELETE_TIMER);
  const selectDue = prepareTuples<TimerRow>(database, SELECT_DUE);
  const selectNext = prepareTuples<readonly [number]>(database, SELECT_NEXT);
  const selectAll = prepareTuples<TimerRow>(database, SELECT_ALL);
  const selectFirst = prepareTuples<TimerRow>(database, SELECT_FIRST);
  let closed = false;
  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the timers are closed');
    try {
      return work();
    } catch (error) {
      throw faultOf(error);
    }
  };
  const change = (work: () => void) => use(() => inTransaction(database, work));

  return {
    set: (timers) =>
      change(() => {
        for (const { id, dueAtMs, owner, input } of timers) {
          insertTimer.run(encodeText(id), dueAtMs, encodeText(owner), JSON.stringify(input));
        }
      }),
    cancel: (ids) =>
      change(() => {
        for (const id of ids) deleteTimer.run(encodeText(id));
      }),
    due: ({ owner, nowMs, limit }) =>
      use(() => selectDue.all(encodeText(owner), Math.floor(nowMs), limit).map(timerOf)),
    nextDueAtMs: (owner, afterMs) =>
      use(() => selectNext.first(encodeText(owner), Math.floor(afterMs))?.[0]),
    list: (limit, after) =>
      use(() =>
        (after === undefined
          ? selectFirst.all(limit)
          : selectAll.all(encodeText(after), limit)
        ).map(timerOf),
      ),
    close: async () => {
      if (closed) return;
      closed = true;
      database.close();
    },
  };
}

function timerOf([id, dueAtMs, owner, input]: TimerRow): Timer {
  const body = JSON.parse(input) as JsonObject;
  return { id: decodeText(id), dueAtMs, owner: decodeText(owner), input: body };
}
