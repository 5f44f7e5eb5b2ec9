import type { SubjectKey } from '@tidemark/core';

/** The keys used last. */
export interface KeyCache {
  readonly get: (subject: string) => SubjectKey | undefined;
  readonly set: (subject: string, key: SubjectKey) => void;
  readonly drop: (subject: string) => void;
  readonly clear: () => void;
}

/** Keeps at most `capacity` keys and forgets the one that was not used for longest. */
export function createKeyCache(capacity: number): KeyCache {
  // A map keeps the order of insertion: what was used last stands at its end.
  const keys = new Map<string, SubjectKey>();

  const set = (subject: string, key: SubjectKey): void => {
    keys.delete(subject);
    keys.set(subject, key);
    const [oldest] = keys.keys();
    if (keys.size > capacity && oldest !== undefined) keys.delete(oldest);
  };

  return {
    get: (subject) => {
      const key = keys.get(subject);
      if (key !== undefined) set(subject, key);
      return key;
    },
    set,
    drop: (subject) => {
      keys.delete(subject);
    },
    clear: () => keys.clear(),
  };
}
