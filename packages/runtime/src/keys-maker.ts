import { randomBytes } from 'node:crypto';
import type { KeyStorage, WrappedKeys } from '@tidemark/core';
import { KEY_BYTES, type MasterKey } from './keys-master.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

/** Makes keys for subjects that seem to have none. Answers what is kept for them afterwards, wrapped. */
export type KeyMaker = (subjects: readonly string[]) => Promise<WrappedKeys>;

/**
 * Callers of one turn of the event loop, and those who come while keys are stored, share one call of the storage,
 * so that many new subjects cost one sync.
 */
export function createKeyMaker(storage: KeyStorage, master: MasterKey): KeyMaker {
  let waiting = new Set<string>();
  let next: Promise<WrappedKeys> | undefined;
  let storing: Promise<unknown> = Promise.resolve();

  const storeAfter = async (before: Promise<unknown>): Promise<WrappedKeys> => {
    await Promise.allSettled([before, turnOfTheLoop()]);
    const subjects = [...waiting];
    waiting = new Set();
    next = undefined;
    const made = subjects.map(
      (subject) => [subject, master.wrap(subject, randomBytes(KEY_BYTES))] as const,
    );
    return storage.add(new Map(made));
  };

  return async (subjects) => {
    for (const subject of subjects) waiting.add(subject);
    if (next === undefined) {
      next = storeAfter(storing);
      storing = next;
    }
    const stored = await next;
    const kept = new Map<string, Uint8Array>();
    for (const subject of subjects) {
      const wrapped = stored.get(subject);
      if (wrapped !== undefined) kept.set(subject, wrapped);
    }
    return kept;
  };
}
