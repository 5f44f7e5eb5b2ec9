import type { Query, QueryAlternative } from '@tidemark/core';
import { EVENT_COLUMNS } from './event-rows.ts';

/** A statement for one page of the events that match a query. */
export interface LogQuery {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** How far it looks when it finds fewer events than the limit. */
  readonly scansTo: bigint;
}

interface Bounds {
  readonly after: bigint;
  readonly head: bigint;
  readonly limit: number;
}

/** Rows looked at in one page where no index helps: enough to be quick, few enough to come back soon. */
const SCAN_AT_LEAST = 5_000;

/**
 * Where every alternative has tags, positions come from the tag index and the page looks to the head. Else a
 * window of the log is filtered, whatever it holds: types and categories are rarely rare, and an index on
 * them would cost every append.
 */
export function buildLogQuery(query: Query, { after, head, limit }: Bounds): LogQuery {
  const byTags = query.every(({ tags = [] }) => tags.length > 0);
  const window = after + BigInt(Math.max(limit, SCAN_AT_LEAST));
  const scansTo = byTags || window > head ? head : window;
  const values: unknown[] = [after.toString(), scansTo.toString(), limit];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const found = byTags
    ? `e.position in (${query.map((one) => `(${positionsOf(one, add)})`).join(' union ')})`
    : `e.position > $1 and e.position <= $2 and (${query
        .map((one) => conditionOf(one, add))
        .join(' or ')})`;
  const sql = `select ${EVENT_COLUMNS}, s.name
from {schema}.events e join {schema}.streams s on s.sid = e.sid
where ${found} order by e.position limit $3`;
  return { sql, values, scansTo };
}

type AddValue = (value: unknown) => string;

/** Positions of one alternative, from the tag index. */
function positionsOf(one: QueryAlternative, add: AddValue): string {
  const [first, ...others] = one.tags ?? [];
  const tagged = others.map((tag) => hasTag('t.position', add(tag)));
  const filtered =
    one.types === undefined && one.categories === undefined
      ? []
      : [
          `exists (select from {schema}.events e join {schema}.streams s on s.sid = e.sid
        where e.position = t.position and ${kindOf(one, add).join(' and ')})`,
        ];
  const conditions = [`t.tag = ${add(first)}`, ...tagged, ...filtered];
  return `select t.position from {schema}.event_tags t
    where t.position > $1 and t.position <= $2 and ${conditions.join(' and ')}
    order by t.position limit $3`;
}

/** One alternative as a filter of event rows. */
function conditionOf(one: QueryAlternative, add: AddValue): string {
  const tags = (one.tags ?? []).map((tag) => hasTag('e.position', add(tag)));
  const conditions = [...kindOf(one, add), ...tags];
  return conditions.length === 0 ? 'true' : `(${conditions.join(' and ')})`;
}

function kindOf({ types, categories }: QueryAlternative, add: AddValue): readonly string[] {
  return [
    ...(types === undefined ? [] : [`e.type = any(${add(types)}::text[])`]),
    ...(categories === undefined ? [] : [`s.category = any(${add(categories)}::text[])`]),
  ];
}

function hasTag(position: string, tag: string): string {
  return `exists (select from {schema}.event_tags o where o.tag = ${tag} and o.position = ${position})`;
}
