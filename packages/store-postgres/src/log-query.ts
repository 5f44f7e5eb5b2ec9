import type { Query, QueryAlternative } from '@tidemark/core';
import { LINE } from './event-rows.ts';
import { textArray } from './pg-arrays.ts';
import type { StatementValue } from './text-statement.ts';

/** No log comes so far. Twice as much is more than PostgreSQL holds. */
export const NEVER_REACHED = 2n ** 62n;

/** A statement for one page of the log. Rows are the head, and a block of lines; all of one moment. */
export interface LogQuery {
  readonly sql: string;
  readonly values: readonly StatementValue[];
  /** Position of the last event that it looks at; it looks to the head where there is none. */
  readonly window: bigint | undefined;
}

/** The head, as one value: as a table, it is taken for many rows until somebody counts it. */
const HEAD = '(select head.position from {schema}.log_head head where head.only_row)';
/** Blocks are sent as they are made, so that the client parses one while the server makes the next. */
const READ_BLOCKS = `select ${HEAD},
  {schema}.read_log(block.after, least(block.after + 64, $2::bigint), $3::text[]) as block
from generate_series($1::bigint, least($2::bigint, ${HEAD}) - 1, 64) as block (after)`;
/**
 * The stream of each event. `offset 0` keeps the planner from joining the other way round, which would read all
 * streams for each page of the log.
 */
const WITH_STREAM = `cross join lateral (
    select s.name, s.category from {schema}.streams s where s.sid = e.sid offset 0
  ) s`;

interface Bounds {
  readonly after: bigint;
  readonly limit: number;
}

/** Rows looked at for a small page where no index helps: enough to be quick, few enough to come back soon. */
const SCAN_FOR_SMALL_PAGE = 5_000;
const SMALL_PAGE = 1_000;

/**
 * A page of all events, or of those in categories, is every event of a part of the log that matches. Where every
 * alternative has tags, positions come from the tag index and the page looks to the head. Else a
 * window of the log is filtered, whatever it holds: types and categories are rarely rare, and an index on
 * them would cost every append.
 */
export function buildLogQuery(query: Query | undefined, { after, limit }: Bounds): LogQuery {
  const categories = query && onlyCategories(query);
  if (query === undefined || (categories !== undefined && limit >= SMALL_PAGE)) {
    const window = after + BigInt(limit);
    const asked = categories === undefined ? null : textArray(categories);
    return { sql: READ_BLOCKS, values: [after.toString(), window.toString(), asked], window };
  }
  const byTags = query.every(({ tags = [] }) => tags.length > 0);
  // A large page looks at no more than it can hold: until the table has been analysed, the planner sorts them all.
  const scanned = limit < SMALL_PAGE ? SCAN_FOR_SMALL_PAGE : limit;
  const window = byTags ? undefined : after + BigInt(scanned);
  const values: StatementValue[] = [
    after.toString(),
    limit,
    ...(window === undefined ? [] : [String(window)]),
  ];
  const add = (value: StatementValue): string => `$${values.push(value)}`;
  const found = byTags ? byPositions(query, add) : inWindow(query, add);
  // What is taken for dear is compiled for each page (`jit`), which takes longer than to read it.
  const sql = `select ${HEAD}, page.block
from (select) as always
left join lateral (
  select e.position, ${LINE} as block from {schema}.events e ${WITH_STREAM}
  where ${found} order by e.position limit $2
) page on true
order by page.position`;
  return { sql, values, window };
}

/** What most readers ask for. `undefined` for a query that asks for anything else. */
function onlyCategories([one, ...others]: Query): readonly string[] | undefined {
  if (one?.types !== undefined || one?.tags !== undefined) return undefined;
  return others.length === 0 ? one?.categories : undefined;
}

function byPositions(query: Query, add: AddValue): string {
  if (query.length === 0) return 'e.position > $1 and false';
  return `e.position in (${query.map((one) => `(${positionsOf(one, add)})`).join(' union ')})`;
}

function inWindow(query: Query, add: AddValue): string {
  const alternatives = query.map((one) => conditionOf(one, add)).join(' or ');
  return `e.position > $1 and e.position <= $3 and (${alternatives})`;
}

type AddValue = (value: StatementValue) => string;

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
  const conditions = [isTag('t.tag', add(first ?? null)), ...tagged, ...filtered];
  return `select t.position from {schema}.event_tags t
    where t.position > $1 and ${conditions.join(' and ')}
    order by t.position limit $2`;
}

/** One alternative as a filter of event rows. */
function conditionOf(one: QueryAlternative, add: AddValue): string {
  const tags = (one.tags ?? []).map((tag) => hasTag('e.position', add(tag)));
  const conditions = [...kindOf(one, add), ...tags];
  return conditions.length === 0 ? 'true' : `(${conditions.join(' and ')})`;
}

function kindOf({ types, categories }: QueryAlternative, add: AddValue): readonly string[] {
  return [
    ...(types === undefined ? [] : [`e.type = any(${add(textArray(types))}::text[])`]),
    ...(categories === undefined
      ? []
      : [`s.category = any(${add(textArray(categories))}::text[])`]),
  ];
}

function hasTag(position: string, tag: string): string {
  return `exists (select from {schema}.event_tags o where ${isTag('o.tag', tag)} and o.position = ${position})`;
}

/** The index holds numbers made of tags, which keeps it small; the table tells two tags of one number apart. */
function isTag(column: string, tag: string): string {
  return `hashtextextended(${column}, 0) = hashtextextended(${tag}, 0) and ${column} = ${tag}`;
}
