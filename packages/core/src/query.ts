import { categoryOf, type StreamName } from './stream-name.ts';

/** Events of any of the categories, of any of the types, that carry all of the tags. A part left out matches everything. */
export interface QueryAlternative {
  readonly categories?: readonly string[];
  readonly types?: readonly string[];
  readonly tags?: readonly string[];
}

/** Events that match at least one alternative. An empty list matches nothing. */
export type Query = readonly QueryAlternative[];

/** The parts of an event that a query looks at. */
export interface Matchable {
  readonly stream: StreamName;
  readonly type: string;
  readonly tags?: readonly string[];
}

/**
 * Whether an event is one that the query asks for. The definition of a match: every engine's SQL or
 * protocol must agree with this function.
 *
 * @example
 * matches([{ types: ['SeatTaken'], tags: ['seat:4A'] }], event);
 */
export function matches(query: Query, event: Matchable): boolean {
  return query.some((alternative) => matchesAlternative(alternative, event));
}

function matchesAlternative(alternative: QueryAlternative, event: Matchable): boolean {
  const { categories, types, tags } = alternative;
  if (types !== undefined && !types.includes(event.type)) return false;
  if (categories !== undefined && !categories.includes(categoryOf(event.stream))) return false;
  return tags === undefined || tags.every((tag) => event.tags?.includes(tag) ?? false);
}
