/**
 * The log. `{schema}` is replaced by the quoted name of the schema. Rows are never changed: triggers
 * refuse it, also to the owner.
 *
 * A command's receipt is three columns of its last event, not a row of its own: its uniqueness costs one
 * index entry, and its revisions are read from the events that stand before it.
 */
export const LOG_0001 = `
create table {schema}.streams (
  sid bigint generated always as identity primary key,
  name text collate "C" not null unique,
  category text collate "C" not null generated always as (split_part(name, '-', 1)) stored
);

create table {schema}.events (
  position bigint primary key,
  sid bigint not null,
  recorded_at_ms bigint not null,
  revision integer not null,
  schema integer not null,
  crc integer not null,
  command_events integer,
  type text collate "C" not null,
  id text collate "C" not null,
  data text not null,
  meta text not null,
  tags text,
  command_id text collate "C",
  fingerprint text,
  unique (sid, revision)
);

create unique index events_command_id on {schema}.events (command_id) where command_id is not null;

create table {schema}.event_tags (
  tag text collate "C" not null,
  position bigint not null,
  primary key (tag, position)
);

create table {schema}.log_head (
  only_row boolean primary key default true check (only_row),
  position bigint not null
) with (fillfactor = 10);

insert into {schema}.log_head (position) values (0);

create function {schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed or removed', tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger events_append_only before update or delete or truncate on {schema}.events
  for each statement execute function {schema}.refuse_change();
create trigger event_tags_append_only before update or delete or truncate on {schema}.event_tags
  for each statement execute function {schema}.refuse_change();
create trigger streams_append_only before update or delete or truncate on {schema}.streams
  for each statement execute function {schema}.refuse_change();
`;
