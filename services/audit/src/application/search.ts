import type { FindRequest, ReadModelTable } from '@tidemark/core';
import type { Entry } from './entries.ts';
import { type Hour, hourOf } from './hours.ts';

/** Which entries are wanted; all given parts must hold. */
export interface Filter {
  readonly service?: string | undefined;
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
  readonly correlation?: string | undefined;
  /** ISO-8601, inclusive. */
  readonly from?: string | undefined;
  readonly upTo?: string | undefined;
}

type Findable<Row extends object> = Pick<ReadModelTable<Row>, 'find'>;

export interface EntriesPage {
  readonly items: readonly Entry[];
  /** Only older entries than this position come next. Absent at the end. */
  readonly next?: string;
}

/** Rows that one request looks through at most, so that a filter which hardly matches still answers at once. */
const SCAN_LIMIT = 2_000;
const SCAN_PAGE = 250;

/** Filters with an index, the most selective first: one request, one entity, then kinds. */
const INDEXED = ['correlation', 'stream', 'type', 'actor', 'service'] as const;

/** Whether an entry is one that the filter wants. */
export function wants(filter: Filter, entry: Entry): boolean {
  if (filter.correlation !== undefined && entry.correlationId !== filter.correlation) return false;
  if (filter.stream !== undefined && entry.stream !== filter.stream) return false;
  if (filter.type !== undefined && entry.type !== filter.type) return false;
  if (filter.actor !== undefined && entry.actor !== filter.actor) return false;
  if (filter.service !== undefined && entry.service !== filter.service) return false;
  const at = Date.parse(entry.recordedAt);
  if (filter.from !== undefined && at < Date.parse(filter.from)) return false;
  return filter.upTo === undefined || at <= Date.parse(filter.upTo);
}

/**
 * One page, newest first. It walks the index of the most selective filter and checks the others on the
 * way, for at most 2,000 rows: then it answers what it has found, with `next` to go on from.
 */
export async function searchEntries(
  models: { readonly entries: Findable<Entry>; readonly hours: Findable<Hour> },
  filter: Filter,
  page: { readonly before: bigint | undefined; readonly limit: number },
): Promise<EntriesPage> {
  const bounds = await positionsOf(models.hours, filter);
  if (bounds === undefined) return { items: [] };
  const newest = Math.min(
    bounds.upTo,
    page.before === undefined ? Infinity : Number(page.before) - 1,
  );
  const items: Entry[] = [];
  let request = firstRequest(filter, { from: bounds.from, upTo: newest });
  for (let scanned = 0; scanned < SCAN_LIMIT; ) {
    const found = await models.entries.find(request);
    for (const entry of found.items) {
      scanned += 1;
      if (!wants(filter, entry)) continue;
      items.push(entry);
      if (items.length > page.limit) return full(items, page.limit);
    }
    if (found.next === undefined) return { items };
    if (scanned >= SCAN_LIMIT) {
      const last = found.items.at(-1);
      return last === undefined ? { items } : { items, next: String(last.position) };
    }
    request = { ...request, cursor: found.next };
  }
  return { items };
}

function full(items: Entry[], limit: number): EntriesPage {
  const page = items.slice(0, limit);
  return { items: page, next: String(page.at(-1)?.position) };
}

function firstRequest(filter: Filter, range: { from: number; upTo: number }): FindRequest {
  const index = INDEXED.find((name) => filter[name] !== undefined);
  const value = index === undefined ? undefined : filter[index];
  return {
    index: index ?? 'all',
    equals: value === undefined ? [] : [value],
    range: { from: range.from, ...(range.upTo === Infinity ? {} : { upTo: range.upTo }) },
    order: 'descending',
    limit: SCAN_PAGE,
  };
}

/** The part of the log that can hold entries of the wanted time; `undefined` when none can. */
async function positionsOf(
  hours: Findable<Hour>,
  filter: Filter,
): Promise<{ from: number; upTo: number } | undefined> {
  if (filter.from === undefined && filter.upTo === undefined) return { from: 0, upTo: Infinity };
  const range = {
    ...(filter.from === undefined ? {} : { from: hourOf(utc(filter.from)) }),
    ...(filter.upTo === undefined ? {} : { upTo: hourOf(utc(filter.upTo)) }),
  };
  let bounds: { from: number; upTo: number } | undefined;
  let request: FindRequest = { index: 'hour', equals: [], range, limit: 1_000 };
  for (;;) {
    const page = await hours.find(request);
    for (const { firstPosition, lastPosition } of page.items) {
      bounds = {
        from: Math.min(bounds?.from ?? Infinity, firstPosition),
        upTo: Math.max(bounds?.upTo ?? 0, lastPosition),
      };
    }
    if (page.next === undefined) return bounds;
    request = { ...request, cursor: page.next };
  }
}

/** An offset leads out of the years of four digits, which alone are in the order of time as texts: then their end. */
function utc(time: string): string {
  const text = new Date(time).toISOString();
  if (text.startsWith('+')) return '9999-12-31T23';
  return text.startsWith('-') ? '0000-01-01T00' : text;
}
