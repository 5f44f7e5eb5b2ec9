import type { LeaseStorage, Leases } from '@tidemark/core';
import { aborted, never } from './leases-contract-case.ts';
import type { Twin } from './twins.ts';

/** What broken leases do instead. Called for each that is opened on the storage. */
export interface BreakLeases {
  /** Of the rows, as each that is opened sees them. */
  readonly storage?: (storage: LeaseStorage) => Partial<LeaseStorage>;
  /** Of the leases that are opened. */
  readonly leases?: (leases: Leases) => Partial<Leases>;
}

const TURNS = 'of many that want one name, one works at a time, and each gets its turn';
const TURNS_BESIDE =
  'of many beside each other on one storage, one works at a time, and each gets its turn';
const WAITS = 'who asks while it is held waits until it is released';
const SETTLES = 'holding settles as the work does, and a lease whose work failed is free again';
const STOPPED = 'who is stopped while it waits never works, and is not waited for';
const TOLD =
  'work is told to end when its holder is stopped, and holds the lease until it has ended';
const LASTS = 'a lease lasts as long as its holder works, however long that is';
const LOST = 'work is told when its lease was lost';
const SILENT = 'the lease of a holder that fell silent is taken over, and not before it expires';
const NOT_TAKEN = 'who loses a lease does not take it from the next holder when its work ends';
const CLOSED = 'closing takes the lease from who works, and refuses who waits or comes later';

let opened = 0;

/** The mistakes that the contract of leases must notice: one entry each. */
export const leasesTwins: readonly Twin<BreakLeases>[] = [
  {
    broken: 'gives a lease to anybody',
    sabotage: { storage: () => ({ take: async () => true }) },
    caughtBy: [TURNS, TURNS_BESIDE, WAITS],
  },
  {
    broken: 'takes all who work in one process for one holder',
    sabotage: {
      storage: ({ take, release }) => {
        opened += 1;
        const process = `process ${opened}`;
        return {
          take: (name, _holder, expiresAfterMs) => take(name, process, expiresAfterMs),
          release: (name) => release(name, process),
        };
      },
    },
    caughtBy: [TURNS],
  },
  {
    broken: 'knows of those in its own process only',
    sabotage: {
      storage: ({ take, release }) => {
        opened += 1;
        const own = `${opened}: `;
        return {
          take: (name, holder, expiresAfterMs) => take(own + name, holder, expiresAfterMs),
          release: (name, holder) => release(own + name, holder),
        };
      },
    },
    caughtBy: [TURNS_BESIDE, WAITS, SILENT],
  },
  {
    broken: 'keeps one lease for all names',
    sabotage: {
      storage: ({ take, release }) => ({
        take: (_name, holder, expiresAfterMs) => take('all', holder, expiresAfterMs),
        release: (_name, holder) => release('all', holder),
      }),
    },
    caughtBy: [WAITS, TURNS],
  },
  {
    broken: 'takes a failure of the work for its end',
    sabotage: {
      leases: ({ hold }) => ({ hold: (...asked) => hold(...asked).catch(() => undefined) }),
    },
    caughtBy: [SETTLES, CLOSED],
  },
  {
    broken: 'keeps the lease of work that failed',
    sabotage: {
      leases: ({ hold }) => ({
        hold: (name, work, signal) =>
          new Promise((resolve, reject) => {
            const kept = (held: AbortSignal) =>
              work(held).catch((error) => {
                reject(error);
                return new Promise<void>(() => undefined);
              });
            hold(name, kept, signal).then(resolve, reject);
          }),
      }),
    },
    caughtBy: [SETTLES],
  },
  {
    broken: 'works although it was stopped while it waited',
    sabotage: {
      leases: ({ hold }) => ({ hold: (name, work) => hold(name, work, never()) }),
    },
    caughtBy: [STOPPED, TOLD],
  },
  {
    broken: 'frees the lease when it is stopped, while the work still ends',
    sabotage: {
      leases: ({ hold }) => ({
        hold: (name, work, signal) =>
          hold(name, (held) => Promise.race([work(held), aborted(held)]), signal),
      }),
    },
    caughtBy: [TOLD],
  },
  {
    broken: 'does not renew a lease',
    sabotage: {
      storage: ({ take }) => {
        const taken = new Set<string>();
        return {
          take: async (name, holder, expiresAfterMs) => {
            if (taken.has(holder)) return true;
            const ours = await take(name, holder, expiresAfterMs);
            if (ours) taken.add(holder);
            return ours;
          },
        };
      },
    },
    caughtBy: [LASTS, LOST],
  },
  {
    broken: 'does not tell the work that its lease was lost',
    sabotage: {
      leases: ({ hold }) => ({
        hold: (name, work, signal) => hold(name, () => work(signal), signal),
      }),
    },
    caughtBy: [LOST, NOT_TAKEN, CLOSED],
  },
  {
    broken: 'lets no lease expire',
    sabotage: {
      storage: ({ take }) => {
        let tries = 0;
        return {
          take: async (name, holder, expiresAfterMs) => {
            // Whoever finds it taken does not find it free later, unless it was released meanwhile.
            if (tries > 0 && name === 'relay') return false;
            const ours = await take(name, holder, expiresAfterMs);
            if (!ours) tries += 1;
            return ours;
          },
        };
      },
    },
    caughtBy: [SILENT],
  },
  {
    broken: 'takes a lease over before it has expired',
    sabotage: {
      storage: ({ take, release }) => ({
        take: async (name, holder, expiresAfterMs) => {
          if (await take(name, holder, expiresAfterMs)) return true;
          await release(name, 'the dead');
          return take(name, holder, expiresAfterMs);
        },
      }),
    },
    caughtBy: [SILENT],
  },
  {
    broken: 'frees a lease whoever has it',
    sabotage: {
      storage: ({ take, release }) => {
        const holders = new Map<string, string>();
        return {
          take: async (name, holder, expiresAfterMs) => {
            const ours = await take(name, holder, expiresAfterMs);
            if (ours) holders.set(name, holder);
            return ours;
          },
          release: (name, holder) => release(name, holders.get(name) ?? holder),
        };
      },
    },
    caughtBy: [NOT_TAKEN],
  },
  {
    broken: 'lets those work on who have a lease when it is closed',
    sabotage: { leases: () => ({ close: async () => undefined }) },
    caughtBy: [CLOSED],
  },
];
