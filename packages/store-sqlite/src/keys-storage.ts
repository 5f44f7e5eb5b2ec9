import { randomBytes } from 'node:crypto';
import { Fault } from '@tidemark/core';
import { deriveMasterKey, type MasterKey, SALT_BYTES } from './keys-master.ts';
import { inTransaction, type SqliteDatabase } from './open-sqlite.ts';
import { decodeText, encodeText } from './read-model-engine-values.ts';

const KEY_BYTES = 32;
/** What the check value is wrapped for; no subject has this name. */
const NOBODY = '';

const CREATE_SETTINGS = `CREATE TABLE IF NOT EXISTS key_settings (
  id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL, check_value BLOB NOT NULL)`;
const CREATE_KEYS = `CREATE TABLE IF NOT EXISTS subject_keys (
  subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID`;
/** The number tells other processes which subjects were erased since they looked. */
const CREATE_ERASED = `CREATE TABLE IF NOT EXISTS erased (
  number INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL UNIQUE)`;
const SELECT_SETTINGS = 'SELECT salt, check_value FROM key_settings';
const INSERT_SETTINGS = 'INSERT INTO key_settings (id, salt, check_value) VALUES (1, ?, ?)';
const SELECT_KEY = 'SELECT wrapped FROM subject_keys WHERE subject = ?';
const INSERT_KEY = 'INSERT INTO subject_keys (subject, wrapped) VALUES (?, ?)';
const DELETE_KEY = 'DELETE FROM subject_keys WHERE subject = ?';
const SELECT_ERASED = 'SELECT 1 FROM erased WHERE subject = ?';
const SELECT_ERASED_SINCE = 'SELECT number, subject FROM erased WHERE number > ? ORDER BY number';
const SELECT_LAST_ERASED = 'SELECT COALESCE(MAX(number), 0) AS number FROM erased';
const INSERT_ERASED = 'INSERT INTO erased (subject) VALUES (?) ON CONFLICT (subject) DO NOTHING';

/** The file of keys: every method is one statement or one transaction, and does not wait. */
export interface KeyStorage {
  /** Opened keys of the subjects that have one. */
  readonly find: (subjects: Iterable<string>) => ReadonlyMap<string, Uint8Array>;
  readonly isErased: (subject: string) => boolean;
  /** Makes the keys that are missing, in one transaction; none for those erased. Durable when it returns. */
  readonly make: (subjects: readonly string[]) => ReadonlyMap<string, Uint8Array>;
  /** Changes when another process has changed the file. */
  readonly version: () => unknown;
  /** Number of the last erasure; 0 when there was none. */
  readonly lastErased: () => number;
  /** Subjects erased after that number, and the last number. */
  readonly erasedSince: (number: number) => {
    readonly subjects: readonly string[];
    readonly last: number;
  };
  /** Deletes the key and remembers the subject, in one transaction. Its bytes may still stand in the log of the file. */
  readonly erase: (subject: string) => void;
  /** Writes the log of the file back and empties it. Answers whether nobody held it up. */
  readonly emptyLog: () => boolean;
}

/**
 * @throws KEYS_UNAVAILABLE when the keys were wrapped under another secret.
 */
export function openKeyStorage(database: SqliteDatabase, secret: string): KeyStorage {
  // What is deleted is overwritten with zeros, not only unlinked.
  database.exec('PRAGMA secure_delete = ON');
  const master = openMaster(database, secret);
  const selectKey = database.prepare(SELECT_KEY);
  const insertKey = database.prepare(INSERT_KEY);
  const deleteKey = database.prepare(DELETE_KEY);
  const selectErased = database.prepare(SELECT_ERASED);
  const selectErasedSince = database.prepare(SELECT_ERASED_SINCE);
  const insertErased = database.prepare(INSERT_ERASED);
  const selectLastErased = database.prepare(SELECT_LAST_ERASED);
  const selectVersion = database.prepare('PRAGMA data_version');
  const emptyLog = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');

  const isErased = (subject: string): boolean =>
    selectErased.get(encodeText(subject)) !== undefined;
  const findOne = (subject: string): Uint8Array | undefined => {
    const stored = selectKey.get(encodeText(subject)) as { wrapped: Uint8Array } | undefined;
    if (stored === undefined) return undefined;
    const key = master.unwrap(subject, stored.wrapped);
    if (key !== undefined) return key;
    throw new Fault('LOG_CORRUPT', 'a stored key was changed', { facts: { subject } });
  };
  const makeOne = (subject: string): Uint8Array | undefined => {
    // Another process may have been here since `find`.
    const known = findOne(subject);
    if (known !== undefined || isErased(subject)) return known;
    const key = randomBytes(KEY_BYTES);
    insertKey.run(encodeText(subject), master.wrap(subject, key));
    return key;
  };

  return {
    find: (subjects) => collect(subjects, findOne),
    isErased,
    make: (subjects) => inTransaction(database, () => collect(subjects, makeOne)),
    version: () => (selectVersion.get() as { readonly data_version: unknown }).data_version,
    lastErased: () => (selectLastErased.get() as { readonly number: number }).number,
    erasedSince: (number) => {
      const rows = selectErasedSince.all(number) as { number: number; subject: string }[];
      const subjects = rows.map(({ subject }) => decodeText(subject));
      return { subjects, last: rows.at(-1)?.number ?? number };
    },
    erase: (subject) =>
      inTransaction(database, () => {
        deleteKey.run(encodeText(subject));
        insertErased.run(encodeText(subject));
      }),
    emptyLog: () => (emptyLog.get() as { readonly busy: number }).busy === 0,
  };
}

function openMaster(database: SqliteDatabase, secret: string): MasterKey {
  const settings = inTransaction(database, () => {
    for (const create of [CREATE_SETTINGS, CREATE_KEYS, CREATE_ERASED]) database.exec(create);
    return database.prepare(SELECT_SETTINGS).get() ?? createSettings(database, secret);
  }) as { readonly salt: Uint8Array; readonly check_value: Uint8Array };
  const master = deriveMasterKey(secret, settings.salt);
  if (master.unwrap(NOBODY, settings.check_value) !== undefined) return master;
  throw new Fault(
    'KEYS_UNAVAILABLE',
    'the keys were stored under another secret: give the secret (KEYS_SECRET, or its file) they were made with',
  );
}

function createSettings(database: SqliteDatabase, secret: string): unknown {
  const salt = randomBytes(SALT_BYTES);
  const checkValue = deriveMasterKey(secret, salt).wrap(NOBODY, new Uint8Array(KEY_BYTES));
  database.prepare(INSERT_SETTINGS).run(salt, checkValue);
  return { salt, check_value: checkValue };
}

function collect(
  subjects: Iterable<string>,
  keyOf: (subject: string) => Uint8Array | undefined,
): ReadonlyMap<string, Uint8Array> {
  const keys = new Map<string, Uint8Array>();
  for (const subject of subjects) {
    const key = keyOf(subject);
    if (key !== undefined) keys.set(subject, key);
  }
  return keys;
}
