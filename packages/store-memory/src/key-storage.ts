import type { KeySettings, KeyStorage } from '@tidemark/core';

/**
 * Wrapped keys in memory: the definition of the port. Lives as long as somebody holds it, so several may work on
 * it, and closing it does nothing.
 *
 * @example
 * const keys = await createKeys(createMemoryKeyStorage(), { secret });
 */
export function createMemoryKeyStorage(): KeyStorage {
  let settings: KeySettings | undefined;
  const kept = new Map<string, Uint8Array>();
  const erased = new Set<string>();
  const load = (subjects: Iterable<string>): ReadonlyMap<string, Uint8Array> => {
    const found = new Map<string, Uint8Array>();
    for (const subject of subjects) {
      const wrapped = kept.get(subject);
      if (wrapped !== undefined) found.set(subject, wrapped);
    }
    return found;
  };

  return {
    settings: async (proposed) => {
      settings ??= proposed;
      return settings;
    },
    load: async (subjects) => load(subjects),
    add: async (wrapped) => {
      for (const [subject, key] of wrapped) {
        if (!kept.has(subject) && !erased.has(subject)) kept.set(subject, key);
      }
      return load(wrapped.keys());
    },
    erase: async (subject) => {
      kept.delete(subject);
      erased.add(subject);
    },
    // A set keeps the order of insertion, so its size is a mark.
    erasedSince: async (mark = erased.size) => ({
      subjects: mark === erased.size ? [] : [...erased].slice(mark),
      mark: erased.size,
    }),
    close: async () => {},
  };
}
