import { randomBytes } from 'node:crypto';
import { Fault, type KeyRing, type Keys, type SubjectKey } from '@tidemark/core';
import { KEY_BYTES } from './keys-master.ts';
import { createSubjectKey } from './keys-subject-key.ts';

/**
 * Keys that live as long as the process, with the same encryption as those that are stored. For tests, and for
 * programs without personal data: what was sealed with them is unreadable for good once they are gone.
 *
 * @example
 * const keys = createMemoryKeys();
 */
export function createMemoryKeys(): Keys {
  const keys = new Map<string, SubjectKey>();
  const erased = new Set<string>();
  let closed = false;
  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (closed) throw new Fault('KEYS_UNAVAILABLE', 'the key store is closed');
    return work();
  };

  return {
    ensure: (subjects) =>
      use(() => {
        for (const subject of subjects) {
          if (keys.has(subject) || erased.has(subject)) continue;
          keys.set(subject, createSubjectKey(subject, randomBytes(KEY_BYTES)));
        }
        return ringOf(keys, subjects);
      }),
    fetch: (subjects) => use(() => ringOf(keys, subjects)),
    erase: (subject) =>
      use(() => {
        const before = erased.has(subject) ? 'erased-before' : 'never-seen';
        const outcome = keys.delete(subject) ? 'erased' : before;
        erased.add(subject);
        return outcome;
      }),
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
