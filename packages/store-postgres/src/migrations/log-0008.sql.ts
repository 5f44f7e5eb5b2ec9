/** The line of step 6, from the parts that are text already: cheaper than giving them all to `concat_ws`. */
const LINE = `concat_ws(E'\\x1f', e.position, e.revision, e.recorded_at_ms, e.crc, e.sid, e.schema)
      || E'\\x1f' || e.type || E'\\x1f' || e.id || E'\\x1f' || e.data || E'\\x1f' || e.meta
      || case when e.tags is null then '' else E'\\x1f' || e.tags end`;
const SETTINGS = `set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set search_path = pg_catalog, pg_temp
set jit = off`;

/**
 * Reading and the head, cheaper.
 *
 * A page of a stream is a statement over `stream_blocks`, which calls `stream_block` for each: what a function answers
 * as a table is made whole before any of it is sent, and what is called for each row is sent as it is made. So the
 * client is at the first lines while the server makes the next. The first block is small, for it is what the client
 * waits for; the next ones are larger, because each costs a call. `read_stream` of step 6 stays for replicas that still
 * call it.
 *
 * The check of the head's only row was made ready and run at every append, which took as long as to find a stream. The
 * triggers cost nothing there, and keep the row from being removed, too.
 */
export const LOG_0008 = `
create function {schema}.stream_blocks(p_stream text, p_from integer, p_to integer)
returns table (sid bigint, last_revision integer, first integer, last integer) language plpgsql stable
${SETTINGS}
as $$
declare
  v_size integer := 16;
  v_end integer;
begin
  select s.sid, (select e.revision from {schema}.events e where e.sid = s.sid
    order by e.revision desc limit 1)
  into sid, last_revision
  from {schema}.streams s where s.name = p_stream;

  v_end := case when last_revision is not null then least(p_to, last_revision) end;
  first := p_from;
  while first <= v_end loop
    last := least(first + v_size - 1, v_end);
    return next;
    first := last + 1;
    v_size := least(2 * v_size, 64);
  end loop;
end $$;

create function {schema}.stream_block(p_sid bigint, p_first integer, p_last integer)
returns text language plpgsql stable
${SETTINGS}
as $$
begin
  return (
    select string_agg(${LINE}, chr(10) order by e.revision)
    from {schema}.events e
    where e.sid = p_sid and e.revision between p_first and p_last
  );
end $$;

create or replace function {schema}.read_log(p_after bigint, p_to bigint, p_categories text[])
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

create function {schema}.refuse_another_head() returns trigger language plpgsql as $$
begin
  raise exception 'the head of a log is one row, which is neither added nor removed'
    using errcode = 'restrict_violation';
end $$;

create trigger log_head_one_row before insert or delete or truncate on {schema}.log_head
  for each statement execute function {schema}.refuse_another_head();
alter table {schema}.log_head drop constraint if exists log_head_only_row_check;
`;
