import type { Clock, LeaseStorage } from '@tidemark/core';
import { createLeases } from '@tidemark/runtime';
import { createFakeClock } from './fake-clock.ts';
import { leasesCases } from './leases-contract.ts';
import type { LeasesSubject } from './leases-contract-case.ts';
import { type BreakLeases, leasesTwins } from './leases-twins.ts';
import { registerTwins } from './twins.ts';

const LIFE_MS = 9_000;
/** Of the fake clock, after which a case that has not ended waits for ever. */
const MOST_STEPS = 300;

interface LeaseRow {
  readonly holder: string;
  readonly expiresAtMs: number;
}

/** Rows in memory: what a table of leases does. */
function createLeaseRows(rows: Map<string, LeaseRow>, clock: Clock): LeaseStorage {
  return {
    take: async (name, holder, expiresAfterMs) => {
      const row = rows.get(name);
      const isTheirs = row !== undefined && row.holder !== holder && row.expiresAtMs > clock.now();
      if (!isTheirs) rows.set(name, { holder, expiresAtMs: clock.now() + expiresAfterMs });
      return !isTheirs;
    },
    release: async (name, holder) => {
      if (rows.get(name)?.holder === holder) rows.delete(name);
    },
    close: async () => {},
  };
}

async function openSubject(sabotage: BreakLeases = {}): Promise<LeasesSubject> {
  const clock = createFakeClock();
  const rows = new Map<string, LeaseRow>();
  const openOne = async () => {
    const intact = createLeaseRows(rows, clock);
    const storage = { ...intact, ...sabotage.storage?.(intact) };
    const leases = createLeases(storage, { clock, expiresAfterMs: LIFE_MS });
    return { ...leases, ...sabotage.leases?.(leases) };
  };
  let closed = false;
  const run = async () => {
    for (let step = 0; step < MOST_STEPS && !closed; step += 1) await clock.advance(LIFE_MS / 6);
  };
  void run();
  return {
    leases: await openOne(),
    openSecond: openOne,
    giveToTheDead: async (name) => {
      rows.set(name, { holder: 'the dead', expiresAtMs: clock.now() + LIFE_MS });
    },
    close: async () => {
      closed = true;
    },
  };
}

registerTwins({ port: 'leases', cases: leasesCases, twins: leasesTwins, open: openSubject });
