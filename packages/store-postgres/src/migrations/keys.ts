import type { Migrations } from '../migrate.ts';

/** Bytes stand as base64url text. A subject that was erased never gets a key again, so its row stays. */
const KEYS_0001 = `
create table {schema}.key_settings (
  only_row boolean primary key default true check (only_row),
  salt text not null,
  check_value text not null
);

create table {schema}.subject_keys (
  subject text collate "C" primary key,
  wrapped text
);
`;

const KEYS_0002 = `
create table {schema}.list_mark (
  only_row boolean primary key default true check (only_row),
  position bigint not null,
  subject text not null
);

create index subject_keys_erased on {schema}.subject_keys (subject) where wrapped is null;
`;

/** Personal keys: `wrapped` is null once the subject has been erased. */
export const KEY_MIGRATIONS: Migrations = { component: 'keys', steps: [KEYS_0001, KEYS_0002] };
