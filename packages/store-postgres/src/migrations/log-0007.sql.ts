/** Stores the events that `source` gives: the columns of each, and its place among them, from 1. */
const insertFrom = (source: string): string => `insert into {schema}.events (
      position, sid, recorded_at_ms, revision, schema, crc,
      command_events, type, id, data, meta, command_id, fingerprint
    )
    select v_base + e.ord, v_sid, v_now_ms, v_head + e.ord, e.schema,
      -- The checksum of the contents, mixed with the row's place, which is known only here.
      ((e.crc # ((v_base + e.ord & 4294967295) * 1540483477 & 4294967295) # (v_base + e.ord >> 32)
        # ((v_head + e.ord) * 668265263 & 4294967295)
        # ((v_now_ms & 4294967295) * 1274126177 & 4294967295) # (v_now_ms >> 32)
      ) - 2147483648)::integer,
      -- The receipt stands on the last event.
      case when e.ord = p_count and p_command_id is not null then p_count end, e.type, e.id, e.data, e.meta,
      case when e.ord = p_count then p_command_id end, case when e.ord = p_count then p_fingerprint end
    from ${source} as e(schema, crc, type, id, data, meta, ord);`;

/**
 * One event is stored as a row of values: to unfold arrays of one element takes as long as to look at two tables. The
 * commit is otherwise that of step 5, where it is explained.
 */
export const LOG_0007 = `
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
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_base bigint;
  v_now_ms bigint;
  v_sid bigint;
  v_head integer;
  v_revision integer;
  v_is_repeated boolean;
  v_receipts json;
  v_is_refused boolean := false;
  v_notified text;
begin
  -- First of all, because it takes the lock and so waits for whoever commits before.
  update {schema}.log_head set position = position + p_count, recorded_at_ms =
    greatest(recorded_at_ms, (extract(epoch from clock_timestamp()) * 1000)::bigint)
  returning position - p_count, recorded_at_ms into strict v_base, v_now_ms;
  -- An acknowledged append is on stable storage, whatever the database was set to for others.
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;

  select s.sid, coalesce(
      (select e.revision from {schema}.events e where e.sid = s.sid
        order by e.revision desc limit 1), -1),
    exists (select from {schema}.events e where e.command_id = p_command_id)
  into strict v_sid, v_head, v_is_repeated
  from (select) as always
  left join {schema}.streams s on s.name = p_stream;

  if v_is_repeated then
    select json_agg(r) into v_receipts from {schema}.receipts(array[p_command_id]) r;
    v_is_refused := true;
  elsif p_revisions is not null then
    foreach v_revision in array p_revisions loop
      v_is_refused := v_is_refused
        or case v_revision when -2 then v_head = -1 else v_head <> v_revision end;
    end loop;
  end if;
  if v_is_refused then
    update {schema}.log_head set position = v_base;
    return concat_ws(' ', v_base, v_head, v_receipts);
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
  return v_base || ' ' || v_head;
end $$;
`;
