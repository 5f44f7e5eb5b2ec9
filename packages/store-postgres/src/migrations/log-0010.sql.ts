import {
  checksum,
  isAnyCommand,
  KEEP_DURABLE,
  lastRevision,
  SETTINGS,
  TAKE_POSITIONS,
} from './log-0009.sql.ts';

/** A tag is found by a number made of it, and is then compared. */
const isTag = (column: string, asked: string): string =>
  `hashtextextended(${column}, 0) = hashtextextended(${asked}, 0) and ${column} = ${asked}`;

/** One tag of a query decides nearly always; what else is asked for is looked at where an event carries it. */
const FIND_TAGGED = `
    select json_agg(q), array_agg(q.request) into query_conflicts, v_more from (
      select asked.request, asked.condition, hit.position::text as position
      from unnest(
        p_query_requests, p_query_conditions, p_query_after, p_query_tags,
        p_query_others, p_query_types, p_query_categories
      ) as asked(request, condition, "after", tag, others, types, categories)
      cross join lateral (
        select t.position
        from {schema}.event_tags t
        where ${isTag('t.tag', 'asked.tag')}
          and t.position > asked.after
          and (asked.others is null or not exists (
            select from unnest(asked.others::text[]) as other(tag)
            where not exists (
              select from {schema}.event_tags o
              where ${isTag('o.tag', 'other.tag')} and o.position = t.position offset 0
            ) offset 0
          ))
          and ((asked.types is null and asked.categories is null) or exists (
            select from {schema}.events e
            join {schema}.streams s on s.sid = e.sid
            where e.position = t.position
              and (asked.types is null or e.type = any(asked.types::text[]))
              and (asked.categories is null or s.category = any(asked.categories::text[])) offset 0
          ))
        order by t.position
        limit 1
      ) hit
    ) q;`;

const FIND_UNTAGGED = `
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
    ) q;`;

/**
 * What `commit_batch` of step 2 promises, where it is explained. It also takes the numbers and last revisions of the
 * batch's streams as the caller knows them, null for the others, and looks for none of them when nobody has committed
 * since; and for command ids as `commit_request` does. Queries with tags come as columns: the first tag, and as array literals what else they ask for.
 */
const COMMIT_REQUESTS = `
create function {schema}.commit_requests(
  p_known_position bigint,
  p_known_ms bigint,
  p_sids bigint[],
  p_heads integer[],
  p_looks boolean,
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
  p_query_requests integer[],
  p_query_conditions integer[],
  p_query_after bigint[],
  p_query_tags text[],
  p_query_others text[],
  p_query_types text[],
  p_query_categories text[],
  p_untagged_queries json,
  out base bigint, out now_ms bigint, out is_known boolean, out sids bigint[], out heads integer[],
  out duplicates json, out query_conflicts json
) returns record language plpgsql volatile
${SETTINGS}
as $$
declare
  v_refused integer[];
  v_places integer[];
  v_ranks integer[];
  v_kept integer := p_count;
  v_more integer[];
  v_found json;
begin
  ${TAKE_POSITIONS}
  into strict base, now_ms, is_known;
  ${KEEP_DURABLE}

  if is_known then
    sids := p_sids;
    heads := p_heads;
  end if;
  if sids is null then
    select array_agg(s.sid order by n.place),
      array_agg(coalesce(${lastRevision('s.sid')}, -1) order by n.place)
    into sids, heads
    from unnest(p_streams) with ordinality as n(name, place)
    left join {schema}.streams s on s.name = n.name;
  elsif array_position(sids, null) is not null then
    select array_agg(look.sid order by n.place), array_agg(coalesce(look.head, -1) order by n.place)
    into sids, heads
    from unnest(p_streams) with ordinality as n(name, place)
    left join lateral (
      select sids[n.place] as sid, heads[n.place] as head where sids[n.place] is not null
      union all
      select s.sid, ${lastRevision('s.sid')}
      from {schema}.streams s where sids[n.place] is null and s.name = n.name
    ) look on true;
  end if;

  if p_condition_request is not null then
    select array_agg(c.request) into v_more
    from unnest(p_condition_request, p_condition_stream, p_condition_revision)
      as c(request, stream, revision)
    where case c.revision when -2 then heads[c.stream] = -1 else heads[c.stream] <> c.revision end;
    v_refused := v_refused || v_more;
  end if;

  if p_query_requests is not null then${FIND_TAGGED}
    v_refused := v_refused || v_more;
  end if;

  if p_untagged_queries is not null then${FIND_UNTAGGED}
    v_refused := v_refused || v_more;
    query_conflicts := coalesce(
      (query_conflicts::jsonb || v_found::jsonb)::json, query_conflicts, v_found);
  end if;

  -- A command that was accepted before is told so, whatever its conditions say now.
  if p_command_ids is not null and (p_looks or v_refused is not null)
    and exists (select from {schema}.events e where ${isAnyCommand('e.command_id', 'p_command_ids')})
  then
    select json_agg(r), array_agg(p_event_request[array_position(p_command_ids, r.command_id)])
    into duplicates, v_more
    from {schema}.receipts(p_command_ids) r;
    v_refused := v_refused || v_more;
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

  if array_position(sids, null) is not null then
    sids := {schema}.create_streams(p_streams, sids, array(
      select e.stream from unnest(p_event_stream) with ordinality as e(stream, ord)
      where v_places is null or v_places[e.ord] is not null
    ));
  end if;

  insert into {schema}.events (
    position, sid, recorded_at_ms, revision, schema, crc,
    command_events, type, id, data, meta, tags, command_id, fingerprint
  )
  select p.position, sids[e.stream], now_ms, p.revision, e.schema,
    ${checksum('p.position', 'p.revision', 'now_ms')},
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

/** Replicas of the version before go on calling it. */
const COMMIT_BATCH = `
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
set search_path = pg_catalog, pg_temp
as $$
begin
  select c.base, c.now_ms, c.heads, c.duplicates, c.query_conflicts
  into base, now_ms, heads, duplicates, query_conflicts
  from (
    select array_agg(asked.request) as requests, array_agg(asked.condition) as conditions,
      array_agg(asked.after) as after, array_agg(asked.tags[1]) as tags,
      array_agg(asked.tags[2:]::text) as others, array_agg(asked.types::text) as types,
      array_agg(asked.categories::text) as categories
    from json_to_recordset(p_tagged_queries) as asked(
      request integer, condition integer, "after" bigint, categories text[], types text[], tags text[])
  ) q
  cross join lateral {schema}.commit_requests(
    null, null, null, null, true, p_count, p_streams, p_event_stream, p_event_rank, p_schemas, p_crcs, p_types,
    p_ids, p_data, p_meta, p_event_request, p_command_events, p_command_ids, p_fingerprints,
    p_condition_request, p_condition_stream, p_condition_revision, p_tags, p_tag_event, p_tag_values,
    q.requests, q.conditions, q.after, q.tags, q.others, q.types, q.categories, p_untagged_queries
  ) c;
end $$;
`;

/** The commit of many requests, with tags and command ids found by number and with less to look for. */
export const LOG_0010 = `${COMMIT_REQUESTS}${COMMIT_BATCH}`;
