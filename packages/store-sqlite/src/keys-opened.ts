import type { KeyRing, SubjectKey } from '@tidemark/core';
import { createKeyCache } from './keys-cache.ts';
import type { KeyStorage } from './keys-storage.ts';
import { createSubjectKey } from './keys-subject-key.ts';

const CACHED_KEYS = 10_000;

/** The keys that exist, opened once while they are in use. */
export interface OpenedKeys {
  readonly find: (subjects: readonly string[]) => KeyRing;
  readonly open: (keys: ReadonlyMap<string, Uint8Array>) => KeyRing;
  readonly drop: (subject: string) => void;
}

/** Remembers the keys used last; those erased, here or by another process, are forgotten. */
export function createOpenedKeys(storage: KeyStorage): OpenedKeys {
  const cache = createKeyCache(CACHED_KEYS);
  let erasedUpTo = storage.lastErased();
  let dataVersion: unknown;

  const dropErasedElsewhere = (): void => {
    const version = storage.version();
    if (version === dataVersion) return;
    const { subjects, last } = storage.erasedSince(erasedUpTo);
    for (const subject of subjects) cache.drop(subject);
    erasedUpTo = last;
    dataVersion = version;
  };
  const open = (keys: ReadonlyMap<string, Uint8Array>): KeyRing => {
    const ring = new Map<string, SubjectKey>();
    for (const [subject, bytes] of keys) {
      const key = createSubjectKey(subject, bytes);
      cache.set(subject, key);
      ring.set(subject, key);
    }
    return ring;
  };
  const find = (subjects: readonly string[]): KeyRing => {
    dropErasedElsewhere();
    const ring = new Map<string, SubjectKey>();
    const unopened = new Set<string>();
    for (const subject of subjects) {
      const key = cache.get(subject);
      if (key === undefined) unopened.add(subject);
      else ring.set(subject, key);
    }
    return unopened.size === 0 ? ring : new Map([...ring, ...open(storage.find(unopened))]);
  };

  return { find, open, drop: cache.drop };
}
