import { type ErasedList, Fault, type KeyStorage, type Keys } from '@tidemark/core';
import { carryOver } from './keys-carry-over.ts';
import { createKeyMaker, type KeyMaker } from './keys-maker.ts';
import { openMasterKey } from './keys-master.ts';
import { createOpenedKeys, type OpenedKeys } from './keys-opened.ts';

export interface KeysOptions {
  /** The master key is derived from it. At least 32 random characters, kept apart from the storage. */
  readonly secret: string;
  /** How many opened keys are held in memory; those used last. 10,000 unless given. */
  readonly cacheSize?: number;
  /**
   * Who was ever erased, kept apart from the storage. Opening brings the storage up to date with it, so that an old
   * copy of the keys opens nothing of those who were erased since; every erasure goes to the list first. Closed
   * with the keys.
   */
  readonly erased?: ErasedList;
}

const CACHED_KEYS = 10_000;
/** Erasures after which the storage notes how far it is up to date with the list. */
const CARRIED_OVER_EVERY = 1_000;

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
  const { secret, cacheSize = CACHED_KEYS, erased } = options;
  const close = async (): Promise<void> => {
    await storage.close();
    await erased?.close();
  };
  try {
    const master = await openMasterKey(storage, secret);
    if (erased !== undefined) await carryOver(storage, erased);
    const opened = await createOpenedKeys({ storage, master, cacheSize });
    const make = createKeyMaker(storage, master);
    return createClosableKeys({
      storage,
      opened,
      make,
      erase: createErase(storage, erased),
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Erases in the list first: what is done there is made good here at the next opening, whatever happens. */
function createErase(storage: KeyStorage, list: ErasedList | undefined): Keys['erase'] {
  if (list === undefined) return storage.erase;
  let erasures = 0;
  return async (subject) => {
    await list.add([subject]);
    const before = await storage.erase(subject);
    erasures += 1;
    if (erasures % CARRIED_OVER_EVERY === 0) await carryOver(storage, list);
    return before;
  };
}

function createClosableKeys(parts: {
  readonly storage: KeyStorage;
  readonly opened: OpenedKeys;
  readonly make: KeyMaker;
  readonly erase: Keys['erase'];
  readonly close: () => Promise<void>;
}): Keys {
  const { storage, opened, make, erase, close } = parts;
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
  const { scrub } = storage;

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
        return erase(subject);
      }),
    ...(scrub && { scrub: () => use(scrub) }),
    close: () => {
      closed ??= Promise.allSettled(underWay).then(close);
      return closed;
    },
  };
}
