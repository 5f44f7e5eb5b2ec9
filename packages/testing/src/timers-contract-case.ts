import type { Timer, Timers } from '@tidemark/core';
import type { ContractCase } from './register-contract.ts';

/** A fresh, empty place for timers, opened for one case. */
export interface TimersSubject {
  readonly timers: Timers;
  /** Closes it and opens another on the same storage. */
  readonly reopen?: () => Promise<Timers>;
  /** Opens another on the same storage, beside the first. `close` closes it too. */
  readonly openSecond?: () => Promise<Timers>;
  /** Closes all and removes the storage. */
  readonly close: () => Promise<void>;
}

export type TimersCase = ContractCase<TimersSubject>;

/** A timer of the process `boarding`, unless told otherwise. */
export function timerOf(id: string, dueAtMs: number, parts: Partial<Timer> = {}): Timer {
  return { id, dueAtMs, owner: 'boarding', input: { type: 'Late', data: { id } }, ...parts };
}

/** Ids of what is due for `boarding`. */
export async function dueIds(
  timers: Timers,
  nowMs: number,
  parts: { readonly owner?: string; readonly limit?: number } = {},
): Promise<readonly string[]> {
  const found = await timers.due({ owner: 'boarding', limit: 1_000, ...parts, nowMs });
  return found.map(({ id }) => id);
}
