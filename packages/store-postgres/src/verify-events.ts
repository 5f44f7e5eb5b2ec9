import { isFault, type StoreCheck } from '@tidemark/core';
import { inSchema } from './connection.ts';
import type { Pool } from './pool.ts';
import { inTransaction } from './transaction.ts';

// Each is true when sound, and says what it found. All see the moment at which the transaction began.
const CHECKS: readonly (readonly [check: string, sql: string])[] = [
  [
    'positions count on from 1 to the head',
    `select count(e.position) = head.position and coalesce(min(e.position), 1) = 1
        and coalesce(max(e.position), 0) = head.position,
      format('%s events, positions %s to %s, head %s',
        count(e.position), min(e.position), max(e.position), head.position)
    from {schema}.log_head head left join {schema}.events e on true group by head.position`,
  ],
  [
    'revisions of each stream count on from 0',
    `select count(*) filter (where broken) = 0,
      format('%s streams, %s of them broken', count(*), count(*) filter (where broken))
    from (select min(revision) <> 0 or max(revision) + 1 <> count(*) as broken
      from {schema}.events group by sid) streams`,
  ],
  [
    'every event belongs to a stream, and every stream has events',
    `select count(*) = 0, format('%s without the other', count(*))
    from {schema}.events e full join {schema}.streams s using (sid)
    where e.position is null or s.name is null`,
  ],
  [
    'every tag leads to an event',
    `select count(*) = 0, format('%s lead to none', count(*)) from {schema}.event_tags t
    where not exists (select 1 from {schema}.events e where e.position = t.position)`,
  ],
];
const HAS_AMCHECK = `select 1 from pg_extension where extname = 'amcheck'`;
/** Reads each index beside its table: an entry that is missing hides a row. */
const INDEXES = `select bt_index_check(i.indexrelid, true), 1
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname in ('events', 'streams', 'event_tags')`;

/** SQLSTATEs of data and of an index that are damaged. */
const DAMAGED = /^XX00[12]$/;

/** Checks the tables of a log from the outside. @throws STORE_UNAVAILABLE, and the reason of `signal`. */
export async function verifyEvents(
  pool: Pool,
  schema: string,
  signal: AbortSignal,
): Promise<readonly StoreCheck[]> {
  signal.throwIfAborted();
  const checks: StoreCheck[] = [];
  await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    for (const [check, sql] of CHECKS) {
      // The transaction would turn the reason into a fault: leave it, and throw behind it.
      if (signal.aborted) break;
      const { rows } = await client.query({ text: inSchema(sql, schema), rowMode: 'array' });
      const [isSound, detail] = rows[0] ?? [];
      checks.push({ check, isSound: isSound === 't', detail: String(detail) });
    }
  });
  signal.throwIfAborted();
  return [...checks, await checkIndexes(pool, schema)];
}

/** Only with the extension `amcheck`, for whom an administrator lets use it; without it that is said. */
async function checkIndexes(pool: Pool, schema: string): Promise<StoreCheck> {
  const check = 'every row is found by the indexes';
  const installed = await inTransaction(pool, (client) => client.query(HAS_AMCHECK));
  if (installed.rows.length === 0) {
    return { check, isSound: true, detail: 'not looked at: the extension amcheck is not there' };
  }
  try {
    const { rowCount } = await inTransaction(pool, (client) => client.query(INDEXES, [schema]));
    return { check, isSound: true, detail: `${rowCount ?? 0} indexes` };
  } catch (error) {
    if (!isFault(error)) throw error;
    const isSound = !DAMAGED.test(String(error.facts.sqlState));
    return { check, isSound, detail: `${isSound ? 'not looked at: ' : ''}${error.message}` };
  }
}
