import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Leases } from '@tidemark/core';
import { createPool, type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { LEASE_MIGRATIONS } from './migrations/leases.ts';
import { createRunRead, type RunRead } from './read-events.ts';

export interface PostgresLeaseOptions extends PostgresOptions {
  /** How long others wait for a holder that fell silent. 10,000 unless given. */
  readonly expiresAfterMs?: number;
}

/** Leases whose connections can be closed. */
export interface PostgresLeases extends Leases {
  readonly close: () => Promise<void>;
}

const CONNECTIONS = 2;
const EXPIRES_AFTER_MS = 10_000;

/** By the server's clock, which all holders share. */
const TAKE = `insert into {schema}.leases as stored (name, holder, expires_at)
values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
where stored.holder = excluded.holder or stored.expires_at < clock_timestamp()
returning 1`;
const RELEASE = 'delete from {schema}.leases where name = $1 and holder = $2';

/**
 * Opens leases in a table: they live as long as they are renewed, whatever connection that takes, so they work
 * behind a proxy that pools transactions. A process that stands still for longer than a lease lasts may
 * overlap with the next holder for a moment; leases only save work.
 *
 * @throws CONFIGURATION_INVALID, STORE_UNAVAILABLE.
 *
 * @example
 * const leases = await openPostgresLeases({ url: 'postgres://localhost/platform?schema=flights' });
 * await leases.hold('relay', (held) => relay.run(held), signal);
 */
export async function openPostgresLeases(options: PostgresLeaseOptions): Promise<PostgresLeases> {
  const target = parseTarget(options);
  const pool = createPool(target, CONNECTIONS);
  try {
    await migrate(pool, target.schema, LEASE_MIGRATIONS);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const run = createRunRead(pool, target.schema);
  const expiresAfterMs = options.expiresAfterMs ?? EXPIRES_AFTER_MS;
  let closed: Promise<void> | undefined;
  return {
    hold: (name, work, signal) => {
      // One for each call: two holders in one process exclude each other too.
      const lease = createLease(run, { name, holder: randomUUID(), expiresAfterMs });
      return hold(lease, work, signal);
    },
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}

interface Lease {
  /** Takes or renews it; `false` when somebody else has it or the server does not answer. */
  readonly take: () => Promise<boolean>;
  readonly release: () => Promise<void>;
  readonly renewAfterMs: number;
  readonly expiresAfterMs: number;
}

interface LeaseParts {
  readonly name: string;
  readonly holder: string;
  readonly expiresAfterMs: number;
}

function createLease(run: RunRead, { name, holder, expiresAfterMs }: LeaseParts): Lease {
  return {
    take: () =>
      run(TAKE, [name, holder, expiresAfterMs]).then(
        (rows) => rows.length === 1,
        () => false,
      ),
    release: async () => {
      await run(RELEASE, [name, holder]).catch(() => undefined);
    },
    renewAfterMs: expiresAfterMs / 3,
    expiresAfterMs,
  };
}

async function hold(
  lease: Lease,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let takenAtMs = performance.now();
  while (!signal.aborted && !(await lease.take())) {
    await delay(lease.renewAfterMs, undefined, { signal }).catch(() => undefined);
    takenAtMs = performance.now();
  }
  if (signal.aborted) return await lease.release();
  const done = new AbortController();
  const lost = new AbortController();
  const renewing = renew(lease, takenAtMs, { done: done.signal, lost });
  try {
    await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    done.abort();
    await renewing;
    await lease.release();
  }
}

interface Renewing {
  readonly done: AbortSignal;
  readonly lost: AbortController;
}

/** A renewal that fails is tried again while the lease lasts, counted from before the last one was sent. */
async function renew(lease: Lease, takenAtMs: number, { done, lost }: Renewing): Promise<void> {
  let lastTakenAtMs = takenAtMs;
  for (;;) {
    await delay(lease.renewAfterMs, undefined, { signal: done }).catch(() => undefined);
    if (done.aborted) return;
    const sentAtMs = performance.now();
    if (await lease.take()) lastTakenAtMs = sentAtMs;
    else if (performance.now() - lastTakenAtMs >= lease.expiresAfterMs - lease.renewAfterMs) {
      lost.abort();
      return;
    }
  }
}
