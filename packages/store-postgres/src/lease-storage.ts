import type { LeaseStorage } from '@tidemark/core';
import { type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { LEASE_MIGRATIONS } from './migrations/leases.ts';
import { createPool } from './pool.ts';
import { createRunRead } from './run-read.ts';

const CONNECTIONS = 2;

/** By the server's clock, which all holders share. */
const TAKE = `insert into {schema}.leases as stored (name, holder, expires_at)
values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
where stored.holder = excluded.holder or stored.expires_at <= clock_timestamp()
returning 1`;
const RELEASE = 'delete from {schema}.leases where name = $1 and holder = $2';

/**
 * Opens leases in a table, whatever connection takes and renews them, so they work behind a proxy that pools
 * transactions. They expire by the server's clock.
 *
 * @throws CONFIGURATION_INVALID, STORE_UNAVAILABLE.
 *
 * @example
 * const storage = await openPostgresLeaseStorage({ url: 'postgres://localhost/platform?schema=flights' });
 * const leases = createLeases(storage, { clock });
 */
export async function openPostgresLeaseStorage(options: PostgresOptions): Promise<LeaseStorage> {
  const target = parseTarget(options);
  const pool = createPool(target, CONNECTIONS);
  try {
    await migrate(pool, target.schema, LEASE_MIGRATIONS);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const run = createRunRead(pool, target.schema);
  let closed: Promise<void> | undefined;
  return {
    take: async (name, holder, expiresAfterMs) =>
      (await run(TAKE, [name, holder, expiresAfterMs])).length === 1,
    release: async (name, holder) => {
      await run(RELEASE, [name, holder]);
    },
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}
