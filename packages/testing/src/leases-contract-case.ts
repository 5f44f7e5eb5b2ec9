import type { Leases } from '@tidemark/core';
import type { ContractCase } from './register-contract.ts';

/** Fresh leases, opened for one case, with a short life. */
export interface LeasesSubject {
  readonly leases: Leases;
  /** Opens another on the same storage, beside the first. `close` closes it too. */
  readonly openSecond?: () => Promise<Leases>;
  /** Gives the lease of that name to somebody who will never be heard of again, until it expires. */
  readonly giveToTheDead?: (name: string) => Promise<void>;
  /** Closes all and removes the storage. */
  readonly close: () => Promise<void>;
}

export type LeasesCase = ContractCase<LeasesSubject>;

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** Resolves once `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A holder that works until it is told to end. */
export interface Holder {
  /** Resolves once it works, with the signal that it was given. */
  readonly working: Promise<AbortSignal>;
  readonly end: () => void;
  /** Settles as `hold` does. */
  readonly ended: Promise<void>;
}

/** Begins to hold a lease, or to wait for it. */
export function startHolder(leases: Leases, name: string, signal = never()): Holder {
  let begin: (held: AbortSignal) => void = () => {};
  let end: () => void = () => {};
  const working = new Promise<AbortSignal>((resolve) => {
    begin = resolve;
  });
  const told = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = (held: AbortSignal) => {
    begin(held);
    return told;
  };
  return { working, end, ended: leases.hold(name, work, signal) };
}
