import { Fault, isFault, type Keys } from '@tidemark/core';
import { createKeyMaker } from './keys-maker.ts';
import { createOpenedKeys } from './keys-opened.ts';
import { type KeyStorage, openKeyStorage } from './keys-storage.ts';
import { openSqlite, type SqliteDatabase } from './open-sqlite.ts';
import { faultOf } from './sqlite-faults.ts';

export interface SqliteKeysOptions {
  /** The master key is derived from it. At least 32 random characters, kept apart from the file. */
  readonly secret: string;
}

/**
 * Opens (or creates) a file of personal keys, each wrapped with the master key. Keys are on stable storage
 * before `ensure` resolves, and gone from the file and its log when `erase` resolves. Several processes may
 * work on it: what one erases, the others stop using with their next call.
 *
 * `erase` rejects with KEYS_UNAVAILABLE when another process held up the emptying of the log: the key is gone
 * from use, its wrapped bytes are not yet; repeat it.
 *
 * @throws KEYS_UNAVAILABLE when the file cannot be opened or was made with another secret; CONFIGURATION_INVALID when the secret is short.
 *
 * @example
 * const keys = await openSqliteKeys('./data/keys.db', { secret: await loadOrCreateSecret('./data.key') });
 */
export async function openSqliteKeys(path: string, options: SqliteKeysOptions): Promise<Keys> {
  const database = await openSqlite(path).catch(throwKeysFault);
  try {
    const storage = openKeyStorage(database, options.secret);
    // A crash between an erasure and its last step is made good here, or by whoever erases next.
    storage.emptyLog();
    return createKeys(database, storage);
  } catch (error) {
    database.close();
    return throwKeysFault(error);
  }
}

function createKeys(database: SqliteDatabase, storage: KeyStorage): Keys {
  const opened = createOpenedKeys(storage);
  const maker = createKeyMaker(storage, opened);
  let closed = false;
  const use = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    if (closed) throw new Fault('KEYS_UNAVAILABLE', 'the key store is closed');
    try {
      return await work();
    } catch (error) {
      return throwKeysFault(error);
    }
  };

  return {
    ensure: (subjects) =>
      use(async () => {
        const ring = opened.find(subjects);
        const missing = subjects.filter((subject) => !ring.has(subject));
        return missing.length === 0 ? ring : new Map([...ring, ...(await maker.make(missing))]);
      }),
    fetch: (subjects) => use(() => opened.find(subjects)),
    erase: (subject) =>
      use(() => {
        opened.drop(subject);
        storage.erase(subject);
        if (storage.emptyLog()) return;
        throw new Fault('KEYS_UNAVAILABLE', 'another process reads the keys; erase it again', {
          facts: { subject },
        });
      }),
    close: async () => {
      if (closed) return;
      closed = true;
      maker.finish();
      database.close();
    },
  };
}

/** Faults of the file are faults of the keys; repeating a call after any of them is harmless. */
function throwKeysFault(error: unknown): never {
  const fault = faultOf(error);
  if (isFault(fault, 'STORE_UNAVAILABLE') || isFault(fault, 'OUTCOME_UNKNOWN')) {
    throw new Fault('KEYS_UNAVAILABLE', 'the file of keys did not answer', { cause: fault });
  }
  throw fault;
}
