import type { Migrations } from '../migrate.ts';

const READ_MODELS_0001 = `
create table {schema}.checkpoints (
  name text collate "C" primary key,
  position bigint not null
);

create table {schema}.read_models (
  number integer generated always as identity primary key,
  name text not null,
  version integer not null,
  indexes text not null,
  unique (name, version)
);

create table {schema}.read_model_slices (
  read_model integer not null,
  slice text not null,
  position bigint not null,
  primary key (read_model, slice)
);
`;

/**
 * Parked rows, divisions, snapshots. `slices` is null until a table is divided for the first time. `goes_to`
 * bounds a slice while another division is to come; it stands in the slice's own row, so that a step which waited
 * for that row sees it. The trigger keeps out slices of a division that is not in force, also those of replicas
 * that run older code and know nothing of divisions.
 */
const READ_MODELS_0002 = `
alter table {schema}.read_models
  add column slices integer, add column next_slices integer, add column next_at bigint;

alter table {schema}.read_model_slices add column goes_to bigint;

create function {schema}.refuse_undivided() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from {schema}.read_models
  where number = new.read_model
    and (slices is null or slices = split_part(new.slice, '/', 2)::integer)
  for share;
  if found then return new; end if;
  return null;
end $$;

create trigger read_model_slices_divided before insert on {schema}.read_model_slices
  for each row execute function {schema}.refuse_undivided();

create table {schema}.read_model_parked (
  read_model integer not null,
  key text collate "C" not null,
  position bigint not null,
  event_id text not null,
  error text not null,
  since text not null,
  waiting integer not null,
  primary key (read_model, key)
);

create table {schema}.snapshots (
  key text collate "C" primary key,
  revision integer not null,
  position bigint not null,
  event_id text not null,
  state text not null,
  digest text not null
);
`;

/** Builds: what was there is the first of its version, and in force. One that was dropped keeps its row, for its number. */
const READ_MODELS_0003 = `
alter table {schema}.read_models
  add column build integer not null default 1,
  add column in_force boolean not null default true,
  add column dropped boolean not null default false,
  add column since text,
  add column note text,
  drop constraint read_models_name_version_key,
  add constraint read_models_builds unique (name, version, build);
`;

/** The catalogue of read models; each version's table is made when it is opened. */
export const READ_MODEL_MIGRATIONS: Migrations = {
  component: 'read_models',
  steps: [READ_MODELS_0001, READ_MODELS_0002, READ_MODELS_0003],
};
