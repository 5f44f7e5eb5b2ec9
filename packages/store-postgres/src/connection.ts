import { Fault } from '@tidemark/core';
import type pg from 'pg';

/** Where a PostgreSQL adapter keeps its tables. */
export interface PostgresOptions {
  /**
   * `postgres://user:password@host:port/database`, with the settings that `pg` reads from it (`sslmode` …) and
   * `schema=<name>`, so that several services can share one database. May point at a proxy that pools
   * transactions: nothing here needs more of a connection than one transaction, and what a session has prepared is only
   * used where it is found.
   */
  readonly url: string;
  /** Schema of the tables, made when it does not exist. Stands before the one in `url`; `public` when neither says. */
  readonly schema?: string;
}

/** Options, taken apart and checked. */
export interface PostgresTarget {
  readonly connectionString: string;
  /** A plain lower-case name, safe in SQL and in a channel's name. */
  readonly schema: string;
}

const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,47}$/;
const CONNECT_WITHIN_MS = 10_000;
const PREPARE_SESSION = `select pg_is_in_recovery(),
  case when current_setting('transaction_isolation') <> 'read committed'
    then set_config('default_transaction_isolation', 'read committed', false) end`;

/** Takes `schema` out of the URL. @throws CONFIGURATION_INVALID when the URL or the name cannot be used. */
export function parseTarget({ url, schema }: PostgresOptions): PostgresTarget {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // The URL itself stays out of the fault: it holds a password.
    throw new Fault('CONFIGURATION_INVALID', 'a PostgreSQL URL is postgres://host/database');
  }
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:') {
    throw new Fault('CONFIGURATION_INVALID', `"${parsed.protocol}" is not postgres:`);
  }
  const name = schema ?? parsed.searchParams.get('schema') ?? 'public';
  if (!SCHEMA_NAME.test(name)) {
    throw new Fault('CONFIGURATION_INVALID', `schema "${name}": a to z, 0 to 9 and _, at most 48`);
  }
  parsed.searchParams.delete('schema');
  return { connectionString: parsed.href, schema: name };
}

/** Settings of every connection: values come as PostgreSQL's text and are parsed where their meaning is known. */
export function clientConfig(connectionString: string): pg.ClientConfig {
  return {
    connectionString,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    types: { getTypeParser: () => asText },
  };
}

/**
 * Refuses a replica: it shows commits in another order and later than the server that decides, so neither
 * decisions nor positions may be read there. Has each statement see what was committed before it, whatever the
 * database or the role was set to: else who waited for a lock would fail. Behind a proxy that pools transactions this
 * holds for one of its connections only; statements that fail on the others have stored nothing.
 *
 * @throws STORE_UNAVAILABLE; the error of a connection that does not answer `withinMs`.
 */
export async function prepareSession(
  client: pg.ClientBase,
  withinMs = CONNECT_WITHIN_MS,
): Promise<void> {
  const query = { text: PREPARE_SESSION, rowMode: 'array', query_timeout: withinMs };
  const { rows } = await client.query(query);
  if (rows[0]?.[0] === 'f') return;
  throw new Fault('STORE_UNAVAILABLE', 'this server is a replica; the primary is needed');
}

/** The channel on which commits of a schema's log are notified. */
export function channelOf(schema: string): string {
  return `tidemark_${schema}`;
}

/** Replaces `{schema}` in a statement by the quoted name, and `{channel}` by the channel's. */
export function inSchema(sql: string, schema: string): string {
  return sql.replaceAll('{schema}', `"${schema}"`).replaceAll('{channel}', channelOf(schema));
}

/** A column as PostgreSQL's text. */
export function asText(value: string | Buffer): string | Buffer {
  return value;
}
