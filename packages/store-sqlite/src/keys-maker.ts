import type { KeyRing, SubjectKey } from '@tidemark/core';
import type { OpenedKeys } from './keys-opened.ts';
import type { KeyStorage } from './keys-storage.ts';

/** Makes missing keys. */
export interface KeyMaker {
  readonly make: (subjects: readonly string[]) => Promise<KeyRing>;
  /** Does at once what is waiting. */
  readonly finish: () => void;
}

/** Callers of one turn of the event loop share one transaction, so that many new subjects cost one sync. */
export function createKeyMaker(storage: KeyStorage, opened: OpenedKeys): KeyMaker {
  let waiting = new Set<string>();
  let flush = () => {};
  let made: Promise<KeyRing> | undefined;

  const makeAll = (): KeyRing => {
    const asked = [...waiting];
    waiting = new Set();
    made = undefined;
    flush = () => {};
    const subjects = asked.filter((subject) => !storage.isErased(subject));
    return subjects.length === 0 ? new Map() : opened.open(storage.make(subjects));
  };
  const startBatch = (): Promise<KeyRing> =>
    new Promise((resolve, reject) => {
      const immediate = setImmediate(() => flush());
      flush = () => {
        clearImmediate(immediate);
        try {
          resolve(makeAll());
        } catch (error) {
          reject(error);
        }
      };
    });

  return {
    make: async (subjects) => {
      for (const subject of subjects) waiting.add(subject);
      made ??= startBatch();
      const all = await made;
      const ring = new Map<string, SubjectKey>();
      for (const subject of subjects) {
        const key = all.get(subject);
        if (key !== undefined) ring.set(subject, key);
      }
      return ring;
    },
    finish: () => flush(),
  };
}
