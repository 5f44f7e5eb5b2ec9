import { Fault } from '@tidemark/core';
import type pg from 'pg';
import { inSchema } from './connection.ts';
import type { Pool } from './pool.ts';
import { inTransaction } from './transaction.ts';

/**
 * Forward-only steps of one part of the schema; the first is number 1. A step that was released is never edited. Replicas
 * of the version before go on while it runs, so it locks out their reads on one table at most, and their commits first of
 * all, by a lock on `log_head`: else they could wait for each other for good.
 */
export interface Migrations {
  readonly component: 'log' | 'read_models' | 'keys' | 'leases' | 'timers' | 'parking';
  readonly steps: readonly string[];
}

const LOCK = `select pg_advisory_xact_lock(hashtextextended('tidemark migrations ' || $1, 0::bigint))`;
const MAKE_SCHEMA = 'create schema if not exists {schema}';
const MAKE_TABLE = `create table if not exists {schema}.tidemark_migrations (
  component text not null,
  step integer not null,
  applied_at timestamptz not null default now(),
  primary key (component, step)
)`;
const FIND_SCHEMA = 'select to_regnamespace($1)';
const FIND_TABLE = 'select to_regclass($1)';
const COUNT_STEPS =
  'select coalesce(max(step), 0) from {schema}.tidemark_migrations where component = $1';
const ADD_STEP = 'insert into {schema}.tidemark_migrations (component, step) values ($1, $2)';

/**
 * Brings one part of the schema up to date under an advisory lock: replicas that start together wait for each other. A
 * step is a transaction, so that what one locks is free again before the next; a part that is made for the first time
 * is one transaction. Does nothing (and needs no right to make tables) when all is applied.
 *
 * @throws STORE_UNAVAILABLE; CONFIGURATION_INVALID when the database is newer than this code.
 */
export async function migrate(pool: Pool, schema: string, migrations: Migrations): Promise<void> {
  let isCurrent = false;
  while (!isCurrent) {
    isCurrent = await inTransaction(pool, async (client) => {
      await client.query(LOCK, [schema]);
      return await applyNext(client, schema, migrations);
    });
  }
}

/** Whether no step is left. */
async function applyNext(
  client: pg.ClientBase,
  schema: string,
  { component, steps }: Migrations,
): Promise<boolean> {
  // Asked before making, because `create … if not exists` needs the right to create even when it does nothing.
  if (!(await exists(client, FIND_SCHEMA, `"${schema}"`))) {
    await client.query(inSchema(MAKE_SCHEMA, schema));
  }
  if (!(await exists(client, FIND_TABLE, `"${schema}".tidemark_migrations`))) {
    await client.query(inSchema(MAKE_TABLE, schema));
  }
  const applied = Number(await askOne(client, inSchema(COUNT_STEPS, schema), component));
  if (applied > steps.length) {
    throw new Fault(
      'CONFIGURATION_INVALID',
      `${schema}: ${component} is at step ${applied}, this code knows ${steps.length}`,
    );
  }
  const missing = steps.slice(applied);
  const next = applied === 0 ? missing : missing.slice(0, 1);
  for (const [index, step] of next.entries()) {
    await client.query(inSchema(step, schema));
    await client.query(inSchema(ADD_STEP, schema), [component, applied + index + 1]);
  }
  return next.length === missing.length;
}

async function exists(client: pg.ClientBase, sql: string, name: string): Promise<boolean> {
  return (await askOne(client, sql, name)) !== null;
}

async function askOne(client: pg.ClientBase, sql: string, value: string): Promise<unknown> {
  const { rows } = await client.query({ text: sql, values: [value], rowMode: 'array' });
  return rows[0]?.[0];
}
