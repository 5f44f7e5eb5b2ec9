/**
 * Receipts, with each stream looked up for itself: a join may be planned as a hash of all streams, when the function
 * is called outside a commit.
 */
export const LOG_0003 = `
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
  where last.command_id = any(p_commands)
$$;
`;
