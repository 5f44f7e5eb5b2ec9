import { Fault, isFault, type KeyStorage } from '@tidemark/core';
import { createKeyRows, type KeyRows } from './key-rows.ts';
import { openSqlite } from './open-sqlite.ts';
import { faultOf } from './sqlite-faults.ts';

/**
 * Opens (or creates) a file of wrapped keys. Keys are on stable storage before `add` resolves, and gone from the
 * file and its log when `erase` resolves. Several processes may work on it.
 *
 * `erase` rejects with KEYS_UNAVAILABLE when another process held up the emptying of the log: the key is gone
 * from use, its wrapped bytes are not yet; repeat it.
 *
 * @throws KEYS_UNAVAILABLE when the file cannot be opened.
 *
 * @example
 * const keys = await createKeys(await openSqliteKeyStorage('./data/keys.db'), { secret });
 */
export async function openSqliteKeyStorage(path: string): Promise<KeyStorage> {
  const database = await openSqlite(path).catch(throwKeysFault);
  try {
    const rows = createKeyRows(database);
    // A crash between an erasure and its last step is made good here, or by whoever erases next.
    rows.emptyLog();
    return {
      settings: (proposed) => use(() => rows.settings(proposed)),
      load: (subjects) => use(() => rows.load(subjects)),
      add: (wrapped) => use(() => rows.add(wrapped)),
      erasedSince: (mark) => use(() => rows.erasedSince(mark)),
      erase: (subject) => use(() => emptied(rows, () => rows.erase(subject))),
      eraseAll: (subjects, mark) => use(() => emptied(rows, () => rows.eraseAll(subjects, mark))),
      listMark: () => use(() => rows.listMark()),
      listErased: (after, limit) => use(() => rows.listErased(after, limit)),
      close: async () => database.close(),
    };
  } catch (error) {
    database.close();
    return throwKeysFault(error);
  }
}

/** Erases, and empties the log of the file, in which the bytes still stand. */
function emptied<Result>(rows: KeyRows, erase: () => Result): Result {
  const result = erase();
  if (rows.emptyLog()) return result;
  throw new Fault('KEYS_UNAVAILABLE', 'another process reads the keys; erase it again');
}

async function use<Result>(work: () => Result): Promise<Result> {
  try {
    return work();
  } catch (error) {
    return throwKeysFault(error);
  }
}

/** Faults of the file are faults of the keys; repeating a call after any of them is harmless. */
function throwKeysFault(error: unknown): never {
  const fault = faultOf(error);
  if (isFault(fault, 'STORE_UNAVAILABLE') || isFault(fault, 'OUTCOME_UNKNOWN')) {
    throw new Fault('KEYS_UNAVAILABLE', 'the file of keys did not answer', { cause: fault });
  }
  throw fault;
}
