import { type Clock, Fault, type LeaseStorage, type Leases } from '@tidemark/core';
import { newId } from './ids.ts';
import { linkedStop } from './linked-stop.ts';

const EXPIRES_AFTER_MS = 10_000;
/** How often a lease is renewed, and asked for while somebody else has it, in the time it lasts. */
const TRIES_PER_LIFE = 3;

/**
 * Leases over rows with an expiry, kept alive by renewing them. Who falls silent is waited for
 * `expiresAfterMs` (10,000 unless given), then the next one takes over. Others learn of a release when they ask
 * again, after a third of that time. A process that stands still for longer than a lease lasts works beside the
 * next holder until it wakes: leases only save work, and whatever runs under one must be right without it.
 *
 * @example
 * const leases = createLeases(await openSqliteLeaseStorage('./data/flights.read.db'), { clock });
 * await leases.hold('relay', (held) => relay.run(held), signal);
 */
export function createLeases(
  storage: LeaseStorage,
  parts: { readonly clock: Clock; readonly expiresAfterMs?: number },
): Leases {
  const { clock, expiresAfterMs = EXPIRES_AFTER_MS } = parts;
  const closing = new AbortController();
  const assertOpen = (): void => {
    if (closing.signal.aborted) throw new Fault('STORE_UNAVAILABLE', 'the leases are closed');
  };

  return {
    hold: async (name, work, signal) => {
      assertOpen();
      const stop = linkedStop(signal);
      closing.signal.addEventListener('abort', stop.abort);
      try {
        // A holder for each call: two in one process exclude each other too.
        const lease: Lease = { storage, name, holder: newId(), clock, expiresAfterMs };
        const worked = await holdWhile(lease, work, stop.signal);
        if (!worked) assertOpen();
      } finally {
        closing.signal.removeEventListener('abort', stop.abort);
        stop.unlink();
      }
    },
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      await storage.close();
    },
  };
}

interface Lease {
  readonly storage: LeaseStorage;
  readonly name: string;
  readonly holder: string;
  readonly clock: Clock;
  readonly expiresAfterMs: number;
}

/** Answers whether it came to work. */
async function holdWhile(
  lease: Lease,
  work: (signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Promise<boolean> {
  const { storage, name, holder, clock, expiresAfterMs } = lease;
  let askedAtMs = clock.now();
  while (!stop.aborted && (await take(lease, expiresAfterMs)) !== 'ours') {
    await clock.sleep(expiresAfterMs / TRIES_PER_LIFE, stop);
    askedAtMs = clock.now();
  }
  const held = linkedStop(stop);
  const ended = new AbortController();
  const renewing = keepRenewing(lease, askedAtMs, ended.signal).then(held.abort);
  try {
    if (stop.aborted) return false;
    await work(held.signal);
    return true;
  } finally {
    ended.abort();
    await renewing;
    held.unlink();
    // What cannot be released expires.
    await storage.release(name, holder).catch(() => undefined);
  }
}

/**
 * Resolves when the lease is lost, or `stop` aborts. While nobody answers, it is given up a while before it
 * expires, counted from before the last renewal that worked was sent.
 */
async function keepRenewing(lease: Lease, takenAtMs: number, stop: AbortSignal): Promise<void> {
  const { clock, expiresAfterMs } = lease;
  const renewAfterMs = expiresAfterMs / TRIES_PER_LIFE;
  const trustedForMs = expiresAfterMs - renewAfterMs / 2;
  let trustedUntilMs = takenAtMs + trustedForMs;
  for (;;) {
    await clock.sleep(Math.min(renewAfterMs, trustedUntilMs - clock.now()), stop);
    const sentAtMs = clock.now();
    if (stop.aborted || sentAtMs >= trustedUntilMs) return;
    const taken = await take(lease, trustedUntilMs - sentAtMs);
    if (taken === 'ours') trustedUntilMs = sentAtMs + trustedForMs;
    else if (taken === 'theirs') return;
  }
}

/** Takes or renews it; `unknown` when the storage does not answer within that time. */
async function take(lease: Lease, withinMs: number): Promise<'ours' | 'theirs' | 'unknown'> {
  const { storage, name, holder, clock, expiresAfterMs } = lease;
  const answered = new AbortController();
  const late = clock.sleep(withinMs, answered.signal).then(() => 'unknown' as const);
  const answer = storage.take(name, holder, expiresAfterMs).then(
    (ours) => (ours ? ('ours' as const) : ('theirs' as const)),
    () => 'unknown' as const,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    answered.abort();
  }
}
