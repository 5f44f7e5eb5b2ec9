import type { Erasure, KeySettings, KeyStorage, ListMark } from '@tidemark/core';

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
  let listMark: ListMark | undefined;
  const load = (subjects: Iterable<string>): ReadonlyMap<string, Uint8Array> => {
    const found = new Map<string, Uint8Array>();
    for (const subject of subjects) {
      const wrapped = kept.get(subject);
      if (wrapped !== undefined) found.set(subject, wrapped);
    }
    return found;
  };
  const erase = (subject: string): Erasure => {
    const before = erased.has(subject) ? 'erased-before' : 'never-seen';
    const outcome = kept.delete(subject) ? 'erased' : before;
    erased.add(subject);
    return outcome;
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
    erase: async (subject) => erase(subject),
    eraseAll: async (subjects, mark) => {
      for (const subject of subjects) erase(subject);
      listMark = mark;
    },
    listMark: async () => listMark,
    listErased: async (after, limit) => {
      const all = [...erased].sort();
      const from = after === undefined ? 0 : all.findIndex((subject) => subject > after);
      return from < 0 ? [] : all.slice(from, from + limit);
    },
    // A set keeps the order of insertion, so its size is a mark.
    erasedSince: async (mark = erased.size) => ({
      subjects: mark === erased.size ? [] : [...erased].slice(mark),
      mark: erased.size,
    }),
    close: async () => {},
  };
}
