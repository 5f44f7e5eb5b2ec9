import type { Migrations } from '../migrate.ts';

const LEASES_0001 = `
create table {schema}.leases (
  name text collate "C" primary key,
  holder text not null,
  expires_at timestamptz not null
);
`;

/** Who does the work just now. */
export const LEASE_MIGRATIONS: Migrations = { component: 'leases', steps: [LEASES_0001] };
