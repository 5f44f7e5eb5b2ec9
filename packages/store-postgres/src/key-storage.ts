import { type Erasure, Fault, isFault, type KeyStorage, type WrappedKeys } from '@tidemark/core';
import { inSchema, type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { KEY_MIGRATIONS } from './migrations/keys.ts';
import { textArray } from './pg-arrays.ts';
import { createPool, type Pool } from './pool.ts';
import { createRunRead, type RunRead } from './run-read.ts';
import { decodeText, encodeText } from './stored-values.ts';
import { inTransaction } from './transaction.ts';

const CONNECTIONS = 4;

/** Every change waits for the disk, whatever the database was set to: with a lost key goes all that it has sealed. */
const WAIT_FOR_DISK = `set_config('synchronous_commit', 'on', true)`;
const READ_SETTINGS = 'select salt, check_value from {schema}.key_settings';
const MAKE_SETTINGS = `insert into {schema}.key_settings (salt, check_value) values ($1, $2)
on conflict do nothing returning ${WAIT_FOR_DISK}`;
const FIND_KEYS = `select subject, wrapped from {schema}.subject_keys
where subject = any($1::text[]) and wrapped is not null`;
const MAKE_KEYS = `with made as (
  insert into {schema}.subject_keys (subject, wrapped)
  select * from unnest($1::text[], $2::text[]) as given(subject, wrapped) order by given.subject
  on conflict (subject) do nothing returning 1
)
select count(*), ${WAIT_FOR_DISK} from made`;
/** The part before the insert sees the row as it was. */
const ERASE_KEY = `with before as (select wrapped from {schema}.subject_keys where subject = $1)
insert into {schema}.subject_keys (subject, wrapped) values ($1, null)
on conflict (subject) do update set wrapped = null
returning coalesce((select case when wrapped is null then 'erased-before' else 'erased' end
  from before), 'never-seen'), ${WAIT_FOR_DISK}`;
const ERASE_KEYS = `with mark as (
  insert into {schema}.list_mark (position, subject) values ($2, $3)
  on conflict (only_row) do update set position = excluded.position, subject = excluded.subject
),
erased as (
  insert into {schema}.subject_keys as kept (subject, wrapped)
  select distinct subject, null from unnest($1::text[]) as given(subject) order by subject
  on conflict (subject) do update set wrapped = null where kept.wrapped is not null returning 1
)
select count(*), ${WAIT_FOR_DISK} from erased`;
const FIND_MARK = 'select position::text, subject from {schema}.list_mark';
const LIST_ERASED = `select subject from {schema}.subject_keys
where wrapped is null and subject > $1 order by subject limit $2`;
/** Waits so long for those who read the keys just now, and lets others who want to read wait no longer than that. */
const LIMIT_WAITING = "set local lock_timeout = '5s'";
/** Writes the table anew, without dead rows; unlike `vacuum` as part of a transaction, with which the limit ends. */
const REWRITE = 'cluster {schema}.subject_keys using subject_keys_pkey';
/** Empties the files that were replaced. */
const CHECKPOINT = 'checkpoint';

/**
 * Opens wrapped keys in a schema of a PostgreSQL server. To ask who was erased would cost as much as to load, so
 * no key is held in memory: what one process erases, no other finds again.
 *
 * `erase` takes a wrapped key out of use at once. Its bytes stay in a dead row until `scrub` writes the table anew,
 * which needs a role that owns it and rejects when somebody reads the keys for longer than 5 seconds, for example to
 * dump them. In the write-ahead log they stay until the server has used its files again, and in archives and backups
 * of this database as long as those are kept; without the secret they open nothing. Give keys a database of their
 * own, whose backups are kept shorter than the time in which an erasure must be complete.
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
  const run: RunRead = (sql, values) => ask<never>(sql, values).catch(throwKeysFault);
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
      const [row] = await run<readonly [Erasure]>(ERASE_KEY, [encodeText(subject)]);
      return row?.[0] ?? 'never-seen';
    },
    eraseAll: async (subjects, { position, subject }) => {
      const all = textArray(subjects.map(encodeText));
      await run(ERASE_KEYS, [all, String(position), encodeText(subject)]);
    },
    listMark: async () => {
      const [row] = await run<readonly [string, string]>(FIND_MARK, []);
      return row && { position: BigInt(row[0]), subject: decodeText(row[1]) };
    },
    listErased: async (after, limit) => {
      const rows = await run<readonly [string]>(LIST_ERASED, [encodeText(after ?? ''), limit]);
      return rows.map(([subject]) => decodeText(subject));
    },
    scrub: () => scrub(pool, target.schema),
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}

async function scrub(pool: Pool, schema: string): Promise<void> {
  try {
    await inTransaction(pool, async (client) => {
      await client.query(LIMIT_WAITING);
      await client.query(inSchema(REWRITE, schema));
    });
  } catch (cause) {
    throw new Fault('KEYS_UNAVAILABLE', 'what the erased key left behind was not overwritten', {
      cause,
    });
  }
  // Not every role may; the server does it by itself within minutes.
  await pool.query(CHECKPOINT).catch(() => undefined);
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
