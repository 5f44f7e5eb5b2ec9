import {
  Fault,
  type KeyRing,
  type KeyStorage,
  type SubjectKey,
  type WrappedKeys,
} from '@tidemark/core';
import type { MasterKey } from './keys-master.ts';
import { createSubjectKey } from './keys-subject-key.ts';
import { createLastUsed } from './last-used.ts';

export interface OpenedKeysOptions {
  readonly storage: KeyStorage;
  readonly master: MasterKey;
  readonly cacheSize: number;
}

/** The keys that exist, opened once while they are in use. */
export interface OpenedKeys {
  /** Reads those that are not held from the storage. */
  readonly find: (subjects: readonly string[]) => Promise<KeyRing>;
  /** Opens, and holds, what `read` brings from the storage. */
  readonly open: (read: () => Promise<WrappedKeys>) => Promise<KeyRing>;
  readonly drop: (subject: string) => void;
}

const NO_KEYS: KeyRing = new Map();

/** Holds the keys used last; those erased, by whomever, are dropped before the next use. */
export async function createOpenedKeys(options: OpenedKeysOptions): Promise<OpenedKeys> {
  const { storage, master, cacheSize } = options;
  const cache = createLastUsed<SubjectKey>(storage.erasedSince === undefined ? 0 : cacheSize);
  let mark = (await storage.erasedSince?.())?.mark ?? 0;

  const dropErased = async (): Promise<void> => {
    const since = await storage.erasedSince?.(mark);
    if (since === undefined) return;
    for (const subject of since.subjects) cache.drop(subject);
    mark = Math.max(mark, since.mark);
  };
  const open = async (read: () => Promise<WrappedKeys>): Promise<KeyRing> => {
    const readAt = mark;
    const ring = openAll(master, await read());
    // Whoever was erased meanwhile, and dropped, must not come back: the mark has passed them.
    if (mark === readAt) for (const [subject, key] of ring) cache.set(subject, key);
    return ring;
  };
  const find = async (subjects: readonly string[]): Promise<KeyRing> => {
    await dropErased();
    const held = new Map(subjects.map((subject) => [subject, cache.get(subject)]));
    const missing = [...held.keys()].filter((subject) => held.get(subject) === undefined);
    const loaded = missing.length === 0 ? NO_KEYS : await open(() => storage.load(missing));
    const ring = new Map<string, SubjectKey>();
    for (const subject of held.keys()) {
      const key = held.get(subject) ?? loaded.get(subject);
      if (key !== undefined) ring.set(subject, key);
    }
    return ring;
  };

  return { find, open, drop: cache.drop };
}

function openAll(master: MasterKey, wrapped: WrappedKeys): KeyRing {
  const ring = new Map<string, SubjectKey>();
  for (const [subject, stored] of wrapped) {
    const bytes = master.unwrap(subject, stored);
    if (bytes === undefined) {
      throw new Fault('LOG_CORRUPT', 'a stored key was changed', { facts: { subject } });
    }
    ring.set(subject, createSubjectKey(subject, bytes));
  }
  return ring;
}
