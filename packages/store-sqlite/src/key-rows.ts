import type { ErasedSince, Erasure, KeySettings, ListMark, WrappedKeys } from '@tidemark/core';
import type { SqliteDatabase } from './open-sqlite.ts';
import { decodeText, encodeText } from './read-model-engine-values.ts';
import { inTransaction } from './transactions.ts';

const CREATE_SETTINGS = `CREATE TABLE IF NOT EXISTS key_settings (
  id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL, check_value BLOB NOT NULL)`;
const CREATE_KEYS = `CREATE TABLE IF NOT EXISTS subject_keys (
  subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID`;
/** The number tells other processes which subjects were erased since they looked. */
const CREATE_ERASED = `CREATE TABLE IF NOT EXISTS erased (
  number INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL UNIQUE)`;
const CREATE_LIST_MARK = `CREATE TABLE IF NOT EXISTS list_mark (
  id INTEGER PRIMARY KEY CHECK (id = 1), position TEXT NOT NULL, subject TEXT NOT NULL)`;
const SELECT_SETTINGS = 'SELECT salt, check_value FROM key_settings';
const INSERT_SETTINGS = 'INSERT INTO key_settings (id, salt, check_value) VALUES (1, ?, ?)';
const SELECT_KEY = 'SELECT wrapped FROM subject_keys WHERE subject = ?';
const INSERT_KEY = 'INSERT INTO subject_keys (subject, wrapped) VALUES (?, ?)';
const DELETE_KEY = 'DELETE FROM subject_keys WHERE subject = ?';
const SELECT_ERASED = 'SELECT 1 FROM erased WHERE subject = ?';
const SELECT_ERASED_SINCE = 'SELECT subject FROM erased WHERE number > ? AND number <= ?';
const SELECT_LAST_ERASED = 'SELECT COALESCE(MAX(number), 0) AS number FROM erased';
const INSERT_ERASED = 'INSERT INTO erased (subject) VALUES (?) ON CONFLICT (subject) DO NOTHING';
const SELECT_ALL_ERASED = 'SELECT subject FROM erased WHERE subject > ? ORDER BY subject LIMIT ?';
const SELECT_LIST_MARK = 'SELECT position, subject FROM list_mark';
const UPSERT_LIST_MARK = `INSERT INTO list_mark (id, position, subject) VALUES (1, ?, ?)
  ON CONFLICT (id) DO UPDATE SET position = excluded.position, subject = excluded.subject`;

/** The file of keys: every method is one statement or one transaction, and does not wait. */
export interface KeyRows {
  readonly settings: (proposed: KeySettings) => KeySettings;
  readonly load: (subjects: Iterable<string>) => WrappedKeys;
  readonly add: (wrapped: WrappedKeys) => WrappedKeys;
  readonly erasedSince: (mark: number | undefined) => ErasedSince;
  /** Deletes the key and remembers the subject, in one transaction. Its bytes may still stand in the log of the file. */
  readonly erase: (subject: string) => Erasure;
  /** As `erase`, for many, and keeps the mark. */
  readonly eraseAll: (subjects: readonly string[], mark: ListMark) => void;
  readonly listMark: () => ListMark | undefined;
  readonly listErased: (after: string | undefined, limit: number) => readonly string[];
  /** Writes the log of the file back and empties it. Answers whether nobody held it up. */
  readonly emptyLog: () => boolean;
}

/** Makes the tables that do not exist. */
export function createKeyRows(database: SqliteDatabase): KeyRows {
  // What is deleted is overwritten with zeros, not only unlinked.
  database.exec('PRAGMA secure_delete = ON');
  inTransaction(database, () => {
    const all = [CREATE_SETTINGS, CREATE_KEYS, CREATE_ERASED, CREATE_LIST_MARK];
    for (const create of all) database.exec(create);
  });
  const selectKey = database.prepare(SELECT_KEY);
  const insertKey = database.prepare(INSERT_KEY);
  const selectErased = database.prepare(SELECT_ERASED);
  const emptyLog = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  const erasures = createErasures(database);

  const isErased = (subject: string): boolean =>
    selectErased.get(encodeText(subject)) !== undefined;
  const load = (subjects: Iterable<string>): WrappedKeys => {
    const keys = new Map<string, Uint8Array>();
    for (const subject of subjects) {
      const stored = selectKey.get(encodeText(subject)) as { wrapped: Uint8Array } | undefined;
      if (stored !== undefined) keys.set(subject, stored.wrapped);
    }
    return keys;
  };
  const addMissing = (wrapped: WrappedKeys): WrappedKeys => {
    const known = load(wrapped.keys());
    const missing = [...wrapped].filter(([subject]) => !known.has(subject) && !isErased(subject));
    for (const [subject, key] of missing) insertKey.run(encodeText(subject), key);
    return new Map([...known, ...missing]);
  };

  return {
    settings: (proposed) => inTransaction(database, () => keepSettings(database, proposed)),
    load,
    add: (wrapped) => {
      // Asking again and again for people who were erased takes no lock.
      if ([...wrapped.keys()].every(isErased)) return new Map();
      return inTransaction(database, () => addMissing(wrapped));
    },
    erasedSince: erasures.since,
    ...createErasing(database, erasures.forgetVersion),
    emptyLog: () => (emptyLog.get() as { readonly busy: number }).busy === 0,
  };
}

type Erasing = Pick<KeyRows, 'erase' | 'eraseAll' | 'listMark' | 'listErased'>;

function createErasing(database: SqliteDatabase, changed: () => void): Erasing {
  const deleteKey = database.prepare(DELETE_KEY);
  const insertErased = database.prepare(INSERT_ERASED);
  const selectAllErased = database.prepare(SELECT_ALL_ERASED);
  const selectListMark = database.prepare(SELECT_LIST_MARK);
  const upsertListMark = database.prepare(UPSERT_LIST_MARK);
  const erase = (subject: string): Erasure => {
    const had = deleteKey.run(encodeText(subject)).changes > 0;
    const isNew = insertErased.run(encodeText(subject)).changes > 0;
    if (had) return 'erased';
    return isNew ? 'never-seen' : 'erased-before';
  };
  const change = <Result>(work: () => Result): Result => {
    const result = inTransaction(database, work);
    changed();
    return result;
  };

  return {
    erase: (subject) => change(() => erase(subject)),
    eraseAll: (subjects, { position, subject: last }) =>
      change(() => {
        for (const subject of subjects) erase(subject);
        upsertListMark.run(String(position), encodeText(last));
      }),
    listMark: () => {
      const row = selectListMark.get() as { position: string; subject: string } | undefined;
      return row && { position: BigInt(row.position), subject: decodeText(row.subject) };
    },
    listErased: (after, limit) => {
      const rows = selectAllErased.all(encodeText(after ?? ''), limit) as { subject: string }[];
      return rows.map(({ subject }) => decodeText(subject));
    },
  };
}

interface Erasures {
  readonly since: (mark: number | undefined) => ErasedSince;
  /** To be called after an erasure on this connection, whose own changes SQLite does not count. */
  readonly forgetVersion: () => void;
}

/** The mark is the number of the last erasure, read again only when the file was changed. */
function createErasures(database: SqliteDatabase): Erasures {
  const selectVersion = database.prepare('PRAGMA data_version');
  const selectLast = database.prepare(SELECT_LAST_ERASED);
  const selectSince = database.prepare(SELECT_ERASED_SINCE);
  let knownVersion: unknown;
  let last = 0;

  const readLast = (): number => {
    // The version first: a change in between is then seen the next time.
    const version = (selectVersion.get() as { readonly data_version: unknown }).data_version;
    if (version === knownVersion) return last;
    last = (selectLast.get() as { readonly number: number }).number;
    knownVersion = version;
    return last;
  };

  return {
    since: (given) => {
      const mark = readLast();
      if (given === undefined || given === mark) return { subjects: [], mark };
      const rows = selectSince.all(given, mark) as { subject: string }[];
      return { subjects: rows.map(({ subject }) => decodeText(subject)), mark };
    },
    forgetVersion: () => {
      knownVersion = undefined;
    },
  };
}

function keepSettings(database: SqliteDatabase, proposed: KeySettings): KeySettings {
  const row = database.prepare(SELECT_SETTINGS).get() as
    | { readonly salt: Uint8Array; readonly check_value: Uint8Array }
    | undefined;
  if (row !== undefined) return { salt: row.salt, checkValue: row.check_value };
  database.prepare(INSERT_SETTINGS).run(proposed.salt, proposed.checkValue);
  return proposed;
}
