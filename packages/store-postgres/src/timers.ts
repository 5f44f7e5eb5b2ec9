import type { JsonObject, Timer, Timers } from '@tidemark/core';
import { type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { TIMER_MIGRATIONS } from './migrations/timers.ts';
import { numberArray, textArray } from './pg-arrays.ts';
import { createPool } from './pool.ts';
import { createRunRead, type RunRead } from './run-read.ts';
import { decodeText, encodeText } from './stored-values.ts';

const CONNECTIONS = 2;

// Rows are taken in the order of their ids, so that two who change the same ones wait and do not deadlock. Every
// change waits for the disk, whatever the database was set to.
const SET = `with added as (
  insert into {schema}.timers (id, due_at_ms, owner, input)
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[])
    as given(id, due_at_ms, owner, input) order by given.id
  on conflict (id) do nothing returning 1
)
select count(*), set_config('synchronous_commit', 'on', true) from added`;
const CANCEL = `with found as (
  select id from {schema}.timers where id = any($1::text[]) order by id for update
), gone as (
  delete from {schema}.timers where id in (select id from found) returning 1
)
select count(*), set_config('synchronous_commit', 'on', true) from gone`;
export const DUE = `select id, due_at_ms, owner, input from {schema}.timers
where owner = $1 and due_at_ms <= $2 order by due_at_ms, id limit $3`;
export const NEXT = `select due_at_ms from {schema}.timers
where owner = $1 and due_at_ms > $2 order by due_at_ms limit 1`;
const LIST = `select id, due_at_ms, owner, input from {schema}.timers
where $1::text is null or id > $1 order by id limit $2`;

type TimerRow = readonly [id: string, dueAtMs: string, owner: string, input: string];

/**
 * Opens timers in a schema of a PostgreSQL server. Replicas may share them.
 *
 * @throws CONFIGURATION_INVALID, STORE_UNAVAILABLE.
 *
 * @example
 * const timers = await openPostgresTimers({ url: 'postgres://localhost/platform?schema=flights' });
 */
export async function openPostgresTimers(options: PostgresOptions): Promise<Timers> {
  const target = parseTarget(options);
  const pool = createPool(target, CONNECTIONS);
  try {
    await migrate(pool, target.schema, TIMER_MIGRATIONS);
  } catch (error) {
    await pool.end();
    throw error;
  }
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= pool.end();
    return closed;
  };
  return createTimers(createRunRead(pool, target.schema), close);
}

function createTimers(run: RunRead, close: () => Promise<void>): Timers {
  return {
    set: async (timers) => {
      if (timers.length === 0) return;
      await run(SET, [
        textArray(timers.map(({ id }) => encodeText(id))),
        numberArray(timers.map(({ dueAtMs }) => dueAtMs)),
        textArray(timers.map(({ owner }) => encodeText(owner))),
        textArray(timers.map(({ input }) => JSON.stringify(input))),
      ]);
    },
    cancel: async (ids) => {
      if (ids.length > 0) await run(CANCEL, [textArray(ids.map(encodeText))]);
    },
    due: async ({ owner, nowMs, limit }) => {
      const values = [encodeText(owner), Math.floor(nowMs), limit];
      return (await run<TimerRow>(DUE, values)).map(timerOf);
    },
    nextDueAtMs: async (owner, afterMs) => {
      const values = [encodeText(owner), Math.floor(afterMs)];
      const [row] = await run<readonly [string]>(NEXT, values);
      return row === undefined ? undefined : Number(row[0]);
    },
    list: async (limit, after) => {
      const values = [after === undefined ? null : encodeText(after), limit];
      return (await run<TimerRow>(LIST, values)).map(timerOf);
    },
    close,
  };
}

function timerOf([id, dueAtMs, owner, input]: TimerRow): Timer {
  const body = JSON.parse(input) as JsonObject;
  return { id: decodeText(id), dueAtMs: Number(dueAtMs), owner: decodeText(owner), input: body };
}
