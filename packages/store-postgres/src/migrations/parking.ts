import type { Migrations } from '../migrate.ts';

const PARKING_0001 = `
create table {schema}.parked_messages (
  reader text collate "C" not null,
  key text collate "C" not null,
  place integer not null,
  id text collate "C" not null,
  body text not null,
  since text not null,
  error text,
  primary key (reader, key, place),
  unique (reader, key, id)
);
`;

/** Messages that readers have set aside. */
export const PARKING_MIGRATIONS: Migrations = { component: 'parking', steps: [PARKING_0001] };
