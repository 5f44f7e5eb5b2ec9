import type { JsonObject, ParkedItem, ParkedKey, Parking, ParkRequest } from '@tidemark/core';
import { type Change, createChange } from './change.ts';
import { type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { PARKING_MIGRATIONS } from './migrations/parking.ts';
import { numberArray, textArray } from './pg-arrays.ts';
import { createPool, type Pool } from './pool.ts';
import { createRunRead, type RunRead } from './run-read.ts';
import { decodeText, encodeText } from './stored-values.ts';
import type { StatementValue } from './text-statement.ts';
import { inTransaction } from './transaction.ts';

const CONNECTIONS = 2;

// Changes of one reader's messages wait for each other: whether a key is parked must not change between the look
// and the change, and what they look at is seen by statements that begin after the lock is held. Every change
// waits for the disk, whatever the database was set to.
const LOCK = `select pg_advisory_xact_lock(hashtextextended('tidemark parking {schema} ' || $1, 0::bigint)),
  set_config('synchronous_commit', 'on', true)`;
const END = `select count(*), coalesce(max(place), 0) from {schema}.parked_messages
where reader = $1 and key = $2`;
const COUNT = 'select count(*) from {schema}.parked_messages where reader = $1';
const KNOWN = `select id from {schema}.parked_messages
where reader = $1 and key = $2 and id = any($3::text[])`;
const INSERT = `insert into {schema}.parked_messages (reader, key, place, id, body, since, error)
select $1, $2, place, id, body, $6, error
from unnest($3::integer[], $4::text[], $5::text[], $7::text[]) as given(place, id, body, error)`;
const FIRST = `select place, id from {schema}.parked_messages where reader = $1 and key = $2
order by place limit 1`;
const REMOVE = 'delete from {schema}.parked_messages where reader = $1 and key = $2 and place = $3';
const NOTE = `update {schema}.parked_messages set error = $4
where reader = $1 and key = $2 and place = $3`;
const PARKED = `select distinct key from {schema}.parked_messages
where reader = $1 and key = any($2::text[])`;
const firsts = (where: string): string => `with keys as (
  select key, min(place) as place, count(*) - 1 as waiting from {schema}.parked_messages
  where reader = $1 and ${where}
)
select parked.key, parked.id, parked.body, parked.since, parked.error, keys.waiting
from keys join {schema}.parked_messages parked
  on parked.reader = $1 and parked.key = keys.key and parked.place = keys.place
order by parked.key`;
const FIND = firsts('key = $2 group by key');
const LIST = firsts('($3::text is null or key > $3) group by key order by key limit $2');
const WAITING = `select id from {schema}.parked_messages where reader = $1 and key = $2
order by place limit $3 offset 1`;

type FirstRow = readonly [
  key: string,
  id: string,
  body: string,
  since: string,
  error: string | null,
  waiting: string,
];

/**
 * Opens parked messages in a schema of a PostgreSQL server. Replicas may share them.
 *
 * @throws CONFIGURATION_INVALID, STORE_UNAVAILABLE.
 *
 * @example
 * const parking = await openPostgresParking({ url: 'postgres://localhost/platform?schema=flights' });
 */
export async function openPostgresParking(options: PostgresOptions): Promise<Parking> {
  const target = parseTarget(options);
  const pool = createPool(target, CONNECTIONS);
  try {
    await migrate(pool, target.schema, PARKING_MIGRATIONS);
  } catch (error) {
    await pool.end();
    throw error;
  }
  let closed: Promise<void> | undefined;
  return {
    ...createReads(createRunRead(pool, target.schema)),
    ...createChanges(pool, target.schema),
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}

function createReads(run: RunRead): Pick<Parking, 'parkedAmong' | 'find' | 'list' | 'waitingIds'> {
  return {
    parkedAmong: async (reader, keys) => {
      const values = [encodeText(reader), textArray(keys.map(encodeText))];
      const found = await run<readonly [string]>(PARKED, values);
      return new Set(found.map(([key]) => decodeText(key)));
    },
    find: async (reader, key) => {
      const [row] = await run<FirstRow>(FIND, [encodeText(reader), encodeText(key)]);
      return row && parkedKeyOf(row);
    },
    list: async (reader, limit, after) => {
      const from = after === undefined ? null : encodeText(after);
      return (await run<FirstRow>(LIST, [encodeText(reader), limit, from])).map(parkedKeyOf);
    },
    waitingIds: async (reader, key, limit) => {
      const values = [encodeText(reader), encodeText(key), limit];
      return (await run<readonly [string]>(WAITING, values)).map(([id]) => decodeText(id));
    },
  };
}

function createChanges(pool: Pool, schema: string): Pick<Parking, 'park' | 'remove' | 'note'> {
  const change = <Result>(
    reader: string,
    work: (ask: Change) => Promise<Result>,
  ): Promise<Result> =>
    inTransaction(pool, async (client) => {
      const ask = createChange(client, schema);
      await ask(LOCK, encodeText(reader));
      return work(ask);
    });
  const changeFirst = (
    [reader, key, id]: readonly [string, string, string],
    sql: string,
    ...values: readonly StatementValue[]
  ): Promise<boolean> =>
    change(reader, async (ask) => {
      const of = [encodeText(reader), encodeText(key)];
      const [first] = await ask<readonly [string, string]>(FIRST, ...of);
      if (first === undefined || first[1] !== encodeText(id)) return false;
      await ask(sql, ...of, first[0], ...values);
      return true;
    });

  return {
    park: (request) => change(request.reader, (ask) => park(ask, request)),
    remove: (reader, key, id) => changeFirst([reader, key, id], REMOVE),
    note: (reader, key, { id, error }) => changeFirst([reader, key, id], NOTE, encodeText(error)),
  };
}

async function park(
  ask: Change,
  { reader, key, items, error, at, most }: ParkRequest,
): Promise<'parked' | 'free' | 'full'> {
  const of = [encodeText(reader), encodeText(key)];
  const [end] = await ask<readonly [string, string]>(END, ...of);
  const [ofKey, last] = [Number(end?.[0]), Number(end?.[1])];
  if (ofKey === 0 && error === undefined) return 'free';
  const added = await missing(ask, of, items);
  if (added.length === 0) return 'parked';
  const [count] = await ask<readonly [string]>(COUNT, encodeText(reader));
  if (ofKey + added.length > most.ofKey) return 'full';
  if (Number(count?.[0]) + added.length > most.ofReader) return 'full';
  const why = ofKey === 0 && error !== undefined ? encodeText(error) : undefined;
  await ask(
    INSERT,
    ...of,
    numberArray(added.map((_, index) => last + 1 + index)),
    textArray(added.map(({ id }) => encodeText(id))),
    textArray(added.map(({ body }) => JSON.stringify(body))),
    at,
    textArray(added.map((_, index) => (index === 0 ? why : undefined))),
  );
  return 'parked';
}

/** Those that are not there yet, each once. */
async function missing(
  ask: Change,
  of: readonly string[],
  items: readonly ParkedItem[],
): Promise<readonly ParkedItem[]> {
  const ids = textArray(items.map(({ id }) => encodeText(id)));
  const found = await ask<readonly [string]>(KNOWN, ...of, ids);
  const known = new Set(found.map(([id]) => decodeText(id)));
  return items.filter(({ id }) => !known.has(id) && known.add(id));
}

function parkedKeyOf([key, id, body, since, error, waiting]: FirstRow): ParkedKey {
  const why = error === null ? {} : { error: decodeText(error) };
  const first = { id: decodeText(id), body: JSON.parse(body) as JsonObject };
  return { key: decodeText(key), first, since, ...why, waiting: Number(waiting) };
}
