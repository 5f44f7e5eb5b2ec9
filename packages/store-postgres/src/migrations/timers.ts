import type { Migrations } from '../migrate.ts';

const TIMERS_0001 = `
create table {schema}.timers (
  id text collate "C" primary key,
  due_at_ms bigint not null,
  owner text collate "C" not null,
  input text not null
);

create index timers_due on {schema}.timers (owner, due_at_ms, id);
`;

/** Reminders that wait. */
export const TIMER_MIGRATIONS: Migrations = { component: 'timers', steps: [TIMERS_0001] };
