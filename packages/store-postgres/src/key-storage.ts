import { Fault, isFault, type KeyStorage, type WrappedKeys } from '@tidemark/core';
import { createPool, type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { KEY_MIGRATIONS } from './migrations/keys.ts';
import { textArray } from './pg-arrays.ts';
import { createRunRead, type RunRead } from './read-events.ts';
import { decodeText, encodeText } from './stored-values.ts';

const CONNECTIONS = 4;

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
 * Opens wrapped keys in a schema of a PostgreSQL server. To ask who was erased would cost as much as to load, so
 * no key is held in memory: what one process erases, no other finds again.
 *
 * `erase` takes a wrapped key out of use at once. Its bytes stay in dead rows until the server's vacuum, and in
 * archived write-ahead logs and backups of this database; without the secret they open nothing. Give keys a
 * database of their own, whose backups are kept shorter than the time in which an erasure must be complete.
 *
 * @throws KEYS_UNAVAILABLE when the server does not answer; CONFIGURATION_INVALID when the URL cannot be used.
 *
 * @example
 * const storage = await openPostgresKeyStorage({ url: 'postgres://localhost/keys' });
 * const keys = await createKeys(storage, { secret });
 */
export async function openPostgresKeyStorage(options: PostgresOptions): Promise<KeyStorage> {
  const target = parseTarget(options);
  const pool = createPool(target, CONNECTIONS);
  try {
    await migrate(pool, target.schema, KEY_MIGRATIONS);
  } catch (error) {
    await pool.end();
    return throwKeysFault(error);
  }
  const ask = createRunRead(pool, target.schema);
  const run: RunRead = <Row>(sql: string, values: readonly unknown[]) =>
    ask<Row>(sql, values).catch(throwKeysFault);
  let closed: Promise<void> | undefined;

  return {
    settings: async ({ salt, checkValue }) => {
      await run(MAKE_SETTINGS, [toText(salt), toText(checkValue)]);
      const [stored] = await run<readonly [string, string]>(READ_SETTINGS, []);
      return { salt: fromText(stored?.[0]), checkValue: fromText(stored?.[1]) };
    },
    load: (subjects) => load(run, subjects),
    add: async (wrapped) => {
      const subjects = [...wrapped.keys()];
      const values = [
        textArray(subjects.map(encodeText)),
        textArray([...wrapped.values()].map(toText)),
      ];
      await run(MAKE_KEYS, values);
      // Read again: another process may have been first, or the subject may have been erased.
      return load(run, subjects);
    },
    erase: async (subject) => {
      await run(ERASE_KEY, [encodeText(subject)]);
    },
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}

async function load(run: RunRead, subjects: readonly string[]): Promise<WrappedKeys> {
  const asked = textArray(subjects.map(encodeText));
  const rows = await run<readonly [string, string]>(FIND_KEYS, [asked]);
  return new Map(rows.map(([subject, wrapped]) => [decodeText(subject), fromText(wrapped)]));
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function fromText(text: string | undefined): Uint8Array {
  return Buffer.from(text ?? '', 'base64url');
}

/** Faults of the server are faults of the keys; repeating a call after any of them is harmless. */
function throwKeysFault(error: unknown): never {
  if (isFault(error, 'STORE_UNAVAILABLE')) {
    throw new Fault('KEYS_UNAVAILABLE', 'the key store did not answer', { cause: error });
  }
  throw error;
}
