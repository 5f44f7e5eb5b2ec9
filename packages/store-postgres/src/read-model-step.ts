import type { Layout } from './read-model-layout.ts';

/** What a statement claims before it writes rows: the checkpoint moved, the checkpoint made, or no checkpoint. */
export type Claim = 'move' | 'make' | 'settle';

/** A statement and the names of its parameters, in their order. */
export interface StepStatement {
  readonly sql: string;
  readonly names: readonly string[];
}

const MOVE = `update {schema}.read_model_slices set position = :to
  where read_model = :number and slice = :slice and position = :from
    and (goes_to is null or goes_to >= :to){unchanged}
  returning 1`;
/** The row of a slice is made by its first step, `from` is 0 then; a trigger refuses slices that are not in force. */
const MAKE = `insert into {schema}.read_model_slices as stored (read_model, slice, position)
  select :number, :slice, :to where true{unchanged}
  on conflict (read_model, slice) do update set position = excluded.position
  where stored.position = :from and (stored.goes_to is null or stored.goes_to >= excluded.position)
  returning 1`;
const SETTLE = 'select 1 where true{unchanged}';
const CLAIMS: Readonly<Record<Claim, string>> = { move: MOVE, make: MAKE, settle: SETTLE };

/**
 * Locks the parked rows that are as they were. A row that another changes meanwhile is looked at again when that
 * one has committed, so what is counted here stays true to the end. `any` leads to the index, however large the
 * planner takes the table for.
 */
const HELD = `held as (
  select parked.key from {schema}.read_model_parked parked
  join unnest(:wasKeys::text[], :wasPositions::bigint[], :wasWaiting::integer[])
    as was (key, position, waiting) on was.key = parked.key
  where parked.read_model = :number and parked.key = any(:wasKeys::text[])
    and parked.position = was.position and parked.waiting = was.waiting
  order by parked.key for update of parked
)`;
const UNCHANGED = `
    and (select count(*) from held) = cardinality(:wasKeys::text[])
    and not exists (
      select from {schema}.read_model_parked
      where read_model = :number and key = any(:absentKeys::text[]))`;
/** Who parks a key that another parks meanwhile breaks the primary key, and with it the whole statement. */
const PARKED_CHANGES = `newly_parked as (
  insert into {schema}.read_model_parked (read_model, key, position, event_id, error, since, waiting)
  select :number, made.* from unnest(:madeKeys::text[], :madePositions::bigint[], :madeEventIds::text[],
    :madeErrors::text[], :madeSince::text[], :madeWaiting::integer[]) as made
  where exists (select from claimed)
),
still_parked as (
  update {schema}.read_model_parked parked
  set position = kept.position, event_id = kept.event_id, error = kept.error,
    since = kept.since, waiting = kept.waiting
  from unnest(:keptKeys::text[], :keptPositions::bigint[], :keptEventIds::text[],
    :keptErrors::text[], :keptSince::text[], :keptWaiting::integer[])
    as kept (key, position, event_id, error, since, waiting)
  where parked.read_model = :number and parked.key = any(:keptKeys::text[])
    and parked.key = kept.key and exists (select from claimed)
),
unparked as (
  delete from {schema}.read_model_parked
  where read_model = :number and key = any(:goneKeys::text[]) and exists (select from claimed)
)`;

/**
 * One statement, so one round trip and one transaction: the claim compares, and rows are written only when it held.
 * Who waits for another's checkpoint sees the new one afterwards (READ COMMITTED looks at a locked row again) and
 * changes nothing. Rows and checkpoint can be rebuilt and are lost together, so no step waits for the disk.
 */
export function stepStatement(layout: Layout, claim: Claim, parks: boolean): StepStatement {
  const { table, columns } = layout;
  const named = ['body', ...columns.values()];
  const indexed = [...columns.keys()].map((_, at) => `:${indexedName(at)}::text[]`);
  // JSON has no raw line break, and splitting lines is cheaper than parsing quoted array elements.
  const source = [':keys::text[]', 'string_to_array(:bodies, chr(10))', ...indexed].join(', ');
  const changes = named.map((column) => `${column} = excluded.${column}`).join(', ');
  const claimed = CLAIMS[claim].replace('{unchanged}', parks ? UNCHANGED : '');
  return numbered(`with ${parks ? `${HELD},\n` : ''}claimed as (${claimed}),
written as (
  insert into ${table} (key, ${named.join(', ')})
  select * from unnest(${source}) where exists (select from claimed)
  on conflict (key) do update set ${changes}
),
deleted as (
  delete from ${table} where key = any(:deleted::text[]) and exists (select from claimed)
)${parks ? `,\n${PARKED_CHANGES}` : ''}
select count(*), set_config('synchronous_commit', 'off', true) from claimed`);
}

/** Name of the parameter that holds the values of an indexed field, by its place in the layout. */
export function indexedName(at: number): string {
  return `indexed${at}`;
}

/** Replaces `:name` by `$1` and so on. */
function numbered(template: string): StepStatement {
  const names: string[] = [];
  const sql = template.replaceAll(/(?<!:):([a-z]\w*)/gi, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { sql, names };
}
