import type { ErasedList, Keys, SubjectKey } from '@tidemark/core';
import type { ContractCase } from './register-contract.ts';

/** A fresh, empty store of keys, opened for one case. */
export interface KeysSubject {
  readonly keys: Keys;
  /** Closes it and opens another on the same storage. */
  readonly reopen?: () => Promise<Keys>;
  /** Opens another on the same storage, beside the first. `close` closes it too. */
  readonly openSecond?: () => Promise<Keys>;
  /** As `openSecond`, with a list of erased subjects. */
  readonly openWithList?: (list: ErasedList) => Promise<Keys>;
  /** Closes all and removes the storage. */
  readonly close: () => Promise<void>;
}

export type KeysCase = ContractCase<KeysSubject>;

/** The key of a subject, made if need be. */
export async function ensureOne(keys: Keys, subject: string): Promise<SubjectKey> {
  return keyOf(await keys.ensure([subject]), subject);
}

/** The key of a subject that has one. */
export async function fetchOne(keys: Keys, subject: string): Promise<SubjectKey> {
  return keyOf(await keys.fetch([subject]), subject);
}

function keyOf(ring: ReadonlyMap<string, SubjectKey>, subject: string): SubjectKey {
  const key = ring.get(subject);
  if (key === undefined) throw new Error(`no key for ${subject}`);
  return key;
}
