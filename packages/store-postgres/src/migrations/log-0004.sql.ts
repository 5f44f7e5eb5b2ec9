/**
 * The time of the last event stands in the counter row, so that no event is stamped earlier than the one before,
 * though the clock be set back. The commit is otherwise that of step 2, where it is explained.
 */
export const LOG_0004 = `
alter table {schema}.log_head add column recorded_at_ms bigint not null default 0;

update {schema}.log_head head set recorded_at_ms = last.recorded_at_ms
from {schema}.events last where last.position = head.position;

create or replace function {schema}.commit_batch(
  p_count integer,
  p_streams text[],
  p_event_stream integer[],
  p_event_rank integer[],
  p_schemas integer[],
  p_crcs bigint[],
  p_types text[],
  p_ids text[],
  p_data text,
  p_meta text,
  p_event_request integer[],
  p_command_events integer[],
  p_command_ids text[],
  p_fingerprints text[],
  p_condition_request integer[],
  p_condition_stream integer[],
  p_condition_revision integer[],
  p_tags text,
  p_tag_event integer[],
  p_tag_values text[],
  p_tagged_queries json,
  p_untagged_queries json,
  out base bigint, out now_ms bigint, out heads integer[], out duplicates json,
  out query_conflicts json
) returns record language plpgsql volatile
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_sids bigint[];
  v_refused integer[];
  v_places integer[];
  v_ranks integer[];
  v_kept integer := p_count;
  v_more integer[];
  v_found json;
begin
  -- First of all, because it takes the lock and so waits for whoever commits before.
  update {schema}.log_head set position = position + p_count, recorded_at_ms =
    greatest(recorded_at_ms, (extract(epoch from clock_timestamp()) * 1000)::bigint)
  returning position - p_count, recorded_at_ms into strict base, now_ms;
  -- An acknowledged append is on stable storage, whatever the database was set to for others.
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;

  select array_agg(s.sid order by n.place),
    array_agg(coalesce(
      (select e.revision from {schema}.events e where e.sid = s.sid
        order by e.revision desc limit 1), -1) order by n.place)
  into v_sids, heads
  from unnest(p_streams) with ordinality as n(name, place)
  left join {schema}.streams s on s.name = n.name;

  if p_command_ids is not null
    and exists (select from {schema}.events e where e.command_id = any(p_command_ids))
  then
    select json_agg(r), array_agg(p_event_request[array_position(p_command_ids, r.command_id)])
    into duplicates, v_refused
    from {schema}.receipts(p_command_ids) r;
  end if;

  if p_condition_request is not null then
    select array_agg(c.request) into v_more
    from unnest(p_condition_request, p_condition_stream, p_condition_revision)
      as c(request, stream, revision)
    where case c.revision when -2 then heads[c.stream] = -1 else heads[c.stream] <> c.revision end;
    v_refused := v_refused || v_more;
  end if;

  if p_tagged_queries is not null then
    select json_agg(q), array_agg(q.request) into query_conflicts, v_more from (
      select asked.request, asked.condition, hit.position::text as position
      from json_to_recordset(p_tagged_queries) as asked(
        request integer, condition integer, "after" bigint,
        categories text[], types text[], tags text[]
      )
      cross join lateral (
        select t.position
        from {schema}.event_tags t
        where t.tag = asked.tags[1]
          and t.position > asked.after
          and not exists (
            select from unnest(asked.tags[2:]) as other(tag)
            where not exists (
              select from {schema}.event_tags o
              where o.tag = other.tag and o.position = t.position offset 0
            ) offset 0
          )
          and ((asked.types is null and asked.categories is null) or exists (
            select from {schema}.events e
            join {schema}.streams s on s.sid = e.sid
            where e.position = t.position
              and (asked.types is null or e.type = any(asked.types))
              and (asked.categories is null or s.category = any(asked.categories)) offset 0
          ))
        order by t.position
        limit 1
      ) hit
    ) q;
    v_refused := v_refused || v_more;
  end if;

  if p_untagged_queries is not null then
    select json_agg(q), array_agg(q.request) into v_found, v_more from (
      select asked.request, asked.condition, hit.position::text as position
      from json_to_recordset(p_untagged_queries) as asked(
        request integer, condition integer, "after" bigint, categories text[], types text[]
      )
      cross join lateral (
        select e.position
        from {schema}.events e
        where e.position > asked.after
          and (asked.types is null or e.type = any(asked.types))
          and (asked.categories is null or exists (
            select from {schema}.streams s
            where s.sid = e.sid and s.category = any(asked.categories) offset 0
          ))
        order by e.position
        limit 1
      ) hit
    ) q;
    v_refused := v_refused || v_more;
    query_conflicts := coalesce(
      (query_conflicts::jsonb || v_found::jsonb)::json, query_conflicts, v_found);
  end if;

  if v_refused is not null then
    select array_agg(k.place order by k.ord), array_agg(k.rank order by k.ord), count(k.place)
    into v_places, v_ranks, v_kept
    from (
      select u.ord,
        case when u.kept then count(*) filter (where u.kept) over (order by u.ord) end as place,
        count(*) filter (where u.kept) over (partition by u.stream order by u.ord) as rank
      from (
        select e.ord, e.stream, e.request <> all(v_refused) as kept
        from unnest(p_event_request, p_event_stream) with ordinality as e(request, stream, ord)
      ) u
    ) k;
    update {schema}.log_head set position = base + v_kept;
    if v_kept = 0 then return; end if;
  end if;

  if array_position(v_sids, null) is not null then
    v_sids := {schema}.create_streams(p_streams, v_sids, array(
      select e.stream from unnest(p_event_stream) with ordinality as e(stream, ord)
      where v_places is null or v_places[e.ord] is not null
    ));
  end if;

  insert into {schema}.events (
    position, sid, recorded_at_ms, revision, schema, crc,
    command_events, type, id, data, meta, tags, command_id, fingerprint
  )
  select p.position, v_sids[e.stream], now_ms, p.revision, e.schema,
    -- The checksum of the contents, mixed with the row's place, which is known only here.
    ((e.crc # ((p.position & 4294967295) * 1540483477 & 4294967295) # (p.position >> 32)
      # (p.revision::bigint * 668265263 & 4294967295)
      # ((now_ms & 4294967295) * 1274126177 & 4294967295) # (now_ms >> 32)
    ) - 2147483648)::integer,
    e.command_events, e.type, e.id, e.data, e.meta, e.tags, e.command_id, e.fingerprint
  from unnest(
    p_event_stream, p_event_rank, p_schemas, p_crcs, p_types, p_ids,
    string_to_array(p_data, chr(10)), string_to_array(p_meta, chr(10)),
    string_to_array(p_tags, chr(10), ''), p_command_events, p_command_ids, p_fingerprints
  ) with ordinality as e(
    stream, rank, schema, crc, type, id, data, meta, tags, command_events, command_id, fingerprint, ord
  )
  cross join lateral (
    select base + coalesce(v_places[e.ord], e.ord) as position,
      heads[e.stream] + coalesce(v_ranks[e.ord], e.rank) as revision
  ) p
  where v_places is null or v_places[e.ord] is not null;

  if p_tag_event is not null then
    insert into {schema}.event_tags (tag, position)
    select t.tag, base + coalesce(v_places[t.event], t.event)
    from unnest(p_tag_values, p_tag_event) as t(tag, event)
    where v_places is null or v_places[t.event] is not null;
  end if;

  perform pg_notify('{channel}', (base + v_kept)::text);
end $$;
`;
