import { randomBytes } from 'node:crypto';
import { Fault, isFault, type KeyRing, type Keys, type SubjectKey } from '@tidemark/core';
import type pg from 'pg';
import { createPool, type PostgresOptions, parseTarget } from './connection.ts';
import { deriveMasterKey, type MasterKey, SALT_BYTES } from './keys-master.ts';
import { createSubjectKey } from './keys-subject-key.ts';
import { migrate } from './migrate.ts';
import { KEY_MIGRATIONS } from './migrations/keys.ts';
import { textArray } from './pg-arrays.ts';
import { createRunRead, type RunRead } from './read-events.ts';
import { decodeText, encodeText } from './stored-values.ts';

export interface PostgresKeysOptions extends PostgresOptions {
  /** The master key is derived from it. At least 32 random characters, kept apart from the database. */
  readonly secret: string;
}

const CONNECTIONS = 4;
const KEY_BYTES = 32;
/** What the check value is wrapped for; no subject has this name. */
const NOBODY = '';

const READ_SETTINGS = 'select salt, check_value from {schema}.key_settings';
const MAKE_SETTINGS = `insert into {schema}.key_settings (salt, check_value) values ($1, $2)
on conflict do nothing`;
const FIND_KEYS = `select subject, wrapped from {schema}.subject_keys
where subject = any($1::text[]) and wrapped is not null`;
const MAKE_KEYS = `insert into {schema}.subject_keys (subject, wrapped)
select * from unnest($1::text[], $2::text[]) as made(subject, wrapped) order by made.subject
on conflict (subject) do nothing`;
const ERASE_KEY = `insert into {schema}.subject_keys (subject, wrapped) values ($1, null)
on conflict (subject) do update set wrapped = null`;

/**
 * Opens personal keys in a schema of a PostgreSQL server, each wrapped with the master key as in a file of
 * keys. Nothing is kept in memory: what one process erases, no other finds again.
 *
 * `erase` takes a wrapped key out of use at once. Its bytes stay in dead rows until the server's vacuum, and in
 * archived write-ahead logs and backups of this database; without the secret they open nothing. Give keys a
 * database of their own, whose backups are kept shorter than the time in which an erasure must be complete.
 *
 * @throws KEYS_UNAVAILABLE when the server does not answer or the keys were made with another secret; CONFIGURATION_INVALID when the secret is short.
 *
 * @example
 * const keys = await openPostgresKeys({ url: 'postgres://localhost/keys', secret });
 */
export async function openPostgresKeys(options: PostgresKeysOptions): Promise<Keys> {
  const target = parseTarget(options);
  const pool = createPool(target, CONNECTIONS);
  const run = createRunRead(pool, target.schema);
  try {
    await migrate(pool, target.schema, KEY_MIGRATIONS);
    return createKeys(pool, run, await openMaster(run, options.secret));
  } catch (error) {
    await pool.end();
    return throwKeysFault(error);
  }
}

function createKeys(pool: pg.Pool, run: RunRead, master: MasterKey): Keys {
  const fetch = (subjects: readonly string[]) => fetchKeys(run, master, subjects);
  let closed: Promise<void> | undefined;
  return {
    fetch: (subjects) => fetch(subjects).catch(throwKeysFault),
    ensure: async (subjects) => {
      const found = await fetch(subjects).catch(throwKeysFault);
      const missing = [...new Set(subjects)].filter((subject) => !found.has(subject));
      if (missing.length === 0) return found;
      const wrapped = missing.map((subject) =>
        toText(master.wrap(subject, randomBytes(KEY_BYTES))),
      );
      const values = [textArray(missing.map(encodeText)), textArray(wrapped)];
      await run(MAKE_KEYS, values).catch(throwKeysFault);
      // Read again: another process may have been first, or the subject may have been erased.
      const made = await fetch(missing).catch(throwKeysFault);
      return new Map([...found, ...made]);
    },
    erase: async (subject) => {
      await run(ERASE_KEY, [encodeText(subject)]).catch(throwKeysFault);
    },
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}

async function fetchKeys(
  run: RunRead,
  master: MasterKey,
  subjects: readonly string[],
): Promise<KeyRing> {
  if (subjects.length === 0) return new Map();
  const asked = textArray(subjects.map(encodeText));
  const rows = await run<readonly [string, string]>(FIND_KEYS, [asked]);
  const wrappedOf = new Map(rows.map(([stored, wrapped]) => [decodeText(stored), wrapped]));
  const ring = new Map<string, SubjectKey>();
  for (const subject of subjects) {
    const wrapped = wrappedOf.get(subject);
    if (wrapped === undefined) continue;
    const bytes = master.unwrap(subject, Buffer.from(wrapped, 'base64url'));
    if (bytes === undefined) {
      throw new Fault('LOG_CORRUPT', 'a stored key was changed', { facts: { subject } });
    }
    ring.set(subject, createSubjectKey(subject, bytes));
  }
  return ring;
}

async function openMaster(run: RunRead, secret: string): Promise<MasterKey> {
  const salt = randomBytes(SALT_BYTES);
  const checkValue = deriveMasterKey(secret, salt).wrap(NOBODY, new Uint8Array(KEY_BYTES));
  await run(MAKE_SETTINGS, [toText(salt), toText(checkValue)]);
  const [stored] = await run<readonly [string, string]>(READ_SETTINGS, []);
  const master = deriveMasterKey(secret, Buffer.from(stored?.[0] ?? '', 'base64url'));
  if (master.unwrap(NOBODY, Buffer.from(stored?.[1] ?? '', 'base64url')) !== undefined) {
    return master;
  }
  throw new Fault(
    'KEYS_UNAVAILABLE',
    'the keys were stored under another secret: give the secret (KEYS_SECRET, or its file) they were made with',
  );
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Faults of the server are faults of the keys; repeating a call after any of them is harmless. */
function throwKeysFault(error: unknown): never {
  if (isFault(error, 'STORE_UNAVAILABLE')) {
    throw new Fault('KEYS_UNAVAILABLE', 'the key store did not answer', { cause: error });
  }
  throw error;
}
