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

/** The catalogue of read models; each version's table is made when it is opened. */
export const READ_MODEL_MIGRATIONS: Migrations = {
  component: 'read_models',
  steps: [READ_MODELS_0001],
};
