export const SETTINGS = `set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set search_path = pg_catalog, pg_temp
set jit = off`;

/**
 * The counter row, first of all, because that takes the lock and so waits for whoever commits before. The caller knows
 * streams as they were when the head was the one it names: position and time tell that nobody has committed since,
 * also where a log was put back to an earlier state under a running process.
 */
export const TAKE_POSITIONS = `update {schema}.log_head set position = position + p_count, before_ms = recorded_at_ms,
    recorded_at_ms = greatest(recorded_at_ms, (extract(epoch from clock_timestamp()) * 1000)::bigint)
  returning position - p_count, recorded_at_ms,
    coalesce(position - p_count = p_known_position and before_ms = p_known_ms, false)`;

/** An acknowledged append is on stable storage, whatever the database was set to for others. */
export const KEEP_DURABLE = `if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;`;

/** The checksum of the contents, mixed with the row's place, which is known only here. */
export const checksum = (position: string, revision: string, nowMs: string): string =>
  `((e.crc # ((${position} & 4294967295) * 1540483477 & 4294967295) # (${position} >> 32)
      # (${revision}::bigint * 668265263 & 4294967295)
      # ((${nowMs} & 4294967295) * 1274126177 & 4294967295) # (${nowMs} >> 32)
    ) - 2147483648)::integer`;

export const lastRevision = (sid: string): string =>
  `(select e.revision from {schema}.events e where e.sid = ${sid} order by e.revision desc limit 1)`;

/** A command id is found by two numbers made of it, and is then compared. */
const isCommand = (asked: string): string =>
  `hashtextextended(e.command_id, 0) = hashtextextended(${asked}, 0)
          and hashtextextended(e.command_id, 1) = hashtextextended(${asked}, 1) and e.command_id = ${asked}`;

/** One of several command ids: found by their first numbers. */
export const isAnyCommand = (column: string, asked: string): string =>
  `hashtextextended(${column}, 0) = any(array(select hashtextextended(one, 0) from unnest(${asked}) as one))
      and ${column} = any(${asked})`;

/** Stores the events of one stream that `source` gives: the columns of each, and its place among them, from 1. */
const insertFrom = (source: string): string => `insert into {schema}.events (
      position, sid, recorded_at_ms, revision, schema, crc,
      command_events, type, id, data, meta, command_id, fingerprint
    )
    select v_base + e.ord, v_sid, v_now_ms, v_head + e.ord, e.schema,
      ${checksum('(v_base + e.ord)', '(v_head + e.ord)', 'v_now_ms')},
      -- The receipt stands on the last event.
      case when e.ord = p_count and p_command_id is not null then p_count end, e.type, e.id, e.data, e.meta,
      case when e.ord = p_count then p_command_id end, case when e.ord = p_count then p_fingerprint end
    from ${source} as e(schema, crc, type, id, data, meta, ord);`;

/**
 * What `commit_one` of step 5 promises, in the same order. It also takes the stream's number and last revision as the
 * caller knows them, and does not look for them when nobody has committed since. Unless `p_looks`, it looks for the command
 * id only where the request is refused: the index refuses to store a command twice (23505), and the caller then asks again.
 *
 * Answers the position before it, its time, whether what was known still held, the stream's number (0 when there is
 * none) and last revision before it, and the receipt when the command was accepted before, parted by spaces: one text is
 * answered faster than a row.
 */
const COMMIT_REQUEST = `
create function {schema}.commit_request(
  p_known_position bigint,
  p_known_ms bigint,
  p_sid bigint,
  p_head integer,
  p_looks boolean,
  p_stream text,
  p_count integer,
  p_schemas integer[],
  p_crcs bigint[],
  p_types text[],
  p_ids text[],
  p_data text,
  p_meta text,
  p_command_id text,
  p_fingerprint text,
  p_revisions integer[]
) returns text language plpgsql volatile
${SETTINGS}
as $$
declare
  v_base bigint;
  v_now_ms bigint;
  v_is_known boolean;
  v_sid bigint := p_sid;
  v_head integer := p_head;
  v_revision integer;
  v_is_repeated boolean;
  v_receipts json;
  v_is_refused boolean := false;
  v_notified text;
begin
  ${TAKE_POSITIONS}
  into strict v_base, v_now_ms, v_is_known;
  ${KEEP_DURABLE}

  if not v_is_known or p_sid is null then
    select s.sid, coalesce(${lastRevision('s.sid')}, -1)
    into strict v_sid, v_head
    from (select) as always
    left join {schema}.streams s on s.name = p_stream;
  end if;

  if p_revisions is not null then
    foreach v_revision in array p_revisions loop
      v_is_refused := v_is_refused
        or case v_revision when -2 then v_head = -1 else v_head <> v_revision end;
    end loop;
  end if;
  -- A command that was accepted before is told so, whatever its conditions say now.
  if p_command_id is not null and (p_looks or v_is_refused) then
    select exists (select from {schema}.events e where ${isCommand('p_command_id')}) into v_is_repeated;
    if v_is_repeated then
      select json_agg(r) into v_receipts from {schema}.receipts(array[p_command_id]) r;
      v_is_refused := true;
    end if;
  end if;
  if v_is_refused then
    update {schema}.log_head set position = v_base;
    return concat_ws(' ', v_base, v_now_ms, v_is_known::text, coalesce(v_sid, 0), v_head, v_receipts);
  end if;

  if v_sid is null then
    insert into {schema}.streams (name) values (p_stream) returning sid into strict v_sid;
  end if;

  if p_count = 1 then
    ${insertFrom('(select p_schemas[1], p_crcs[1], p_types[1], p_ids[1], p_data, p_meta, 1::bigint)')}
  else
    ${insertFrom(`unnest(
      p_schemas, p_crcs, p_types, p_ids,
      string_to_array(p_data, chr(10)), string_to_array(p_meta, chr(10))
    ) with ordinality`)}
  end if;

  -- An assignment, because a statement of its own would cost as much as a look at a table.
  v_notified := pg_notify('{channel}', (v_base + p_count)::text);
  return v_base || ' ' || v_now_ms || ' ' || v_is_known::text || ' ' || v_sid || ' ' || v_head;
end $$;
`;

/** Step 3's, with command ids found by number. */
const RECEIPTS = `
create or replace function {schema}.receipts(p_commands text[])
returns table (command_id text, "position" text, fingerprint text, revisions json)
language sql stable
as $$
  select last.command_id, last.position::text, last.fingerprint, wrote.revisions
  from {schema}.events last
  cross join lateral (
    select json_object_agg(each.name, each.revision) as revisions
    from (
      select s.name, max(e.revision) as revision
      from {schema}.events e
      cross join lateral (
        select one.name from {schema}.streams one where one.sid = e.sid offset 0
      ) s
      where e.position > last.position - last.command_events and e.position <= last.position
      group by s.name
    ) each
  ) wrote
  where ${isAnyCommand('last.command_id', 'p_commands')}
$$;
`;

/** Replicas of the version before go on calling it; what it answers is a part of what the new one does. */
const COMMIT_ONE = `
create or replace function {schema}.commit_one(
  p_stream text,
  p_count integer,
  p_schemas integer[],
  p_crcs bigint[],
  p_types text[],
  p_ids text[],
  p_data text,
  p_meta text,
  p_command_id text,
  p_fingerprint text,
  p_revisions integer[]
) returns text language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_parts text[] := string_to_array({schema}.commit_request(
    null, null, null, null, true, p_stream, p_count, p_schemas, p_crcs, p_types, p_ids, p_data, p_meta,
    p_command_id, p_fingerprint, p_revisions
  ), ' ');
begin
  return array_to_string(v_parts[1:1] || v_parts[5:], ' ');
end $$;
`;

/**
 * Smaller indexes of tags and command ids, and the commit of one request that looks for less.
 *
 * The indexes hold numbers made of tags and command ids instead of them: their pages are written all over, so what counts
 * is how many there are. Two tags of one number are told apart by the table. Of a command id there are two numbers,
 * 128 bits, so that no two ids share them and the index goes on keeping an id from being stored twice. To make the indexes
 * holds up appends, some seconds for a million events. Replicas of the version before read by tags with statements that do
 * not know this index: they are right, and slow, once the next steps have taken theirs, until they are replaced.
 */
export const LOG_0009 = `
lock table {schema}.log_head in exclusive mode;
create index event_tags_number on {schema}.event_tags (hashtextextended(tag, 0), position);
create unique index events_command_number on {schema}.events
  (hashtextextended(command_id, 0), hashtextextended(command_id, 1)) where command_id is not null;
alter table {schema}.log_head add column before_ms bigint;
${RECEIPTS}${COMMIT_REQUEST}${COMMIT_ONE}`;
