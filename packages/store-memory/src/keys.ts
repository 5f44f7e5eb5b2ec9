import { randomBytes } from 'node:crypto';
import { Fault, type KeyRing, type Keys, type SubjectKey } from '@tidemark/core';
import { createSubjectKey } from './keys-subject-key.ts';

const KEY_BYTES = 32;

/** What a file would hold: outlives the `Keys` that work on it. */
export interface MemoryKeyStorage {
  readonly keys: Map<string, SubjectKey>;
  readonly erased: Set<string>;
}

/** An empty storage for keys in one process. */
export function createMemoryKeyStorage(): MemoryKeyStorage {
  return { keys: new Map(), erased: new Set() };
}

/**
 * Personal keys in memory, with the same encryption as on disk. For tests: when the process ends,
 * everything sealed with them is unreadable for good.
 *
 * @example
 * const keys = createMemoryKeys();
 */
export function createMemoryKeys(options: { readonly storage?: MemoryKeyStorage } = {}): Keys {
  const { keys, erased } = options.storage ?? createMemoryKeyStorage();
  let closed = false;
  const assertOpen = () => {
    if (closed) throw new Fault('KEYS_UNAVAILABLE', 'the key store is closed');
  };

  return {
    ensure: async (subjects) => {
      assertOpen();
      for (const subject of subjects) {
        if (keys.has(subject) || erased.has(subject)) continue;
        keys.set(subject, createSubjectKey(subject, randomBytes(KEY_BYTES)));
      }
      return ringOf(keys, subjects);
    },
    fetch: async (subjects) => {
      assertOpen();
      return ringOf(keys, subjects);
    },
    erase: async (subject) => {
      assertOpen();
      keys.delete(subject);
      erased.add(subject);
    },
    close: async () => {
      closed = true;
    },
  };
}

function ringOf(keys: ReadonlyMap<string, SubjectKey>, subjects: readonly string[]): KeyRing {
  const ring = new Map<string, SubjectKey>();
  for (const subject of subjects) {
    const key = keys.get(subject);
    if (key !== undefined) ring.set(subject, key);
  }
  return ring;
}
