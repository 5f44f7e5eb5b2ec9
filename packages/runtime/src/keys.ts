import { Fault, type KeyStorage, type Keys } from '@tidemark/core';
import { createKeyMaker, type KeyMaker } from './keys-maker.ts';
import { openMasterKey } from './keys-master.ts';
import { createOpenedKeys, type OpenedKeys } from './keys-opened.ts';

export interface KeysOptions {
  /** The master key is derived from it. At least 32 random characters, kept apart from the storage. */
  readonly secret: string;
  /** How many opened keys are held in memory; those used last. 10,000 unless given. */
  readonly cacheSize?: number;
}

const CACHED_KEYS = 10_000;

/**
 * Personal keys over the half that an engine gives: seals with AES-256-GCM, and wraps each key with a master key
 * that HKDF-SHA256 derives from the secret. Several processes may work on one storage: what one erases, the
 * others stop using with their next call. Closing waits for the calls under way, and closes the storage too;
 * so does an opening that fails.
 *
 * @throws KEYS_UNAVAILABLE when the storage does not answer or was made with another secret; CONFIGURATION_INVALID when the secret is short.
 *
 * @example
 * const storage = await openSqliteKeyStorage('./data/keys.db');
 * const keys = await createKeys(storage, { secret: await loadOrCreateSecret('./data.key') });
 */
export async function createKeys(storage: KeyStorage, options: KeysOptions): Promise<Keys> {
  const { secret, cacheSize = CACHED_KEYS } = options;
  try {
    const master = await openMasterKey(storage, secret);
    const opened = await createOpenedKeys({ storage, master, cacheSize });
    return createClosableKeys(storage, opened, createKeyMaker(storage, master));
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function createClosableKeys(storage: KeyStorage, opened: OpenedKeys, make: KeyMaker): Keys {
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  const use = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closed !== undefined) throw new Fault('KEYS_UNAVAILABLE', 'the key store is closed');
    const call = work();
    underWay.add(call);
    try {
      return await call;
    } finally {
      underWay.delete(call);
    }
  };

  return {
    ensure: (subjects) =>
      use(async () => {
        const found = await opened.find(subjects);
        const missing = subjects.filter((subject) => !found.has(subject));
        if (missing.length === 0) return found;
        return new Map([...found, ...(await opened.open(() => make(missing)))]);
      }),
    fetch: (subjects) => use(() => opened.find(subjects)),
    erase: (subject) =>
      use(() => {
        opened.drop(subject);
        return storage.erase(subject);
      }),
    close: () => {
      closed ??= Promise.allSettled(underWay).then(() => storage.close());
      return closed;
    },
  };
}
