const LINE = `concat_ws(chr(31), e.position, e.revision, e.recorded_at_ms, e.crc, e.sid,
      e.schema, e.type, e.id, e.data, e.meta, e.tags)`;
const SETTINGS = `set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set search_path = pg_catalog, pg_temp
set jit = off`;

/**
 * Pages of a stream and of the log, as text: a line an event, parted by line breaks, and 64 of them a block, because
 * a row costs the server and the client more than a line. The client says of a line what its columns are
 * (`event-rows.ts`); none of them holds a control character.
 *
 * Functions because they are planned once for each session and for any size of the tables: a statement without a name
 * would be planned each time, which takes as long as to read a hundred events, and one with a name does not survive a
 * proxy that pools transactions. STABLE: all of a page is of one moment.
 */
export const LOG_0006 = `
create function {schema}.read_stream(p_stream text, p_from integer, p_to integer)
returns table (last_revision integer, block text) language plpgsql stable
${SETTINGS}
as $$
declare
  v_sid bigint;
begin
  select s.sid, (select e.revision from {schema}.events e where e.sid = s.sid
    order by e.revision desc limit 1)
  into v_sid, last_revision
  from {schema}.streams s where s.name = p_stream;

  return query select last_revision, (
    select string_agg(${LINE}, chr(10) order by e.revision)
    from {schema}.events e
    where e.sid = v_sid and e.revision between first and least(first + 63, p_to)
  )
  from generate_series(p_from, least(p_to, last_revision), 64) first;
end $$;

create function {schema}.read_log(p_after bigint, p_to bigint, p_categories text[])
returns text language plpgsql stable
${SETTINGS}
as $$
begin
  return (
    select string_agg(${LINE}, chr(10) order by e.position)
    from {schema}.events e
    where e.position > p_after and e.position <= p_to and (p_categories is null or exists (
      select from {schema}.streams s
      where s.sid = e.sid and s.category = any(p_categories) offset 0))
  );
end $$;
`;
