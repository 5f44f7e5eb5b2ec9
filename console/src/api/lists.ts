import type { InfiniteData, Query, QueryClient } from '@tanstack/react-query';
import type { AuditEntry, AuditFilters, Flight, Page, Passenger } from './types.ts';

type Pages<Item> = InfiniteData<Page<Item>, string | undefined>;

/** Entries kept of a log that is only watched; older ones come back with "Show more". */
const KEPT_ENTRIES = 400;

/** The lists of a kind that the page holds. */
export function listsOf(client: QueryClient, kind: 'flights' | 'passengers' | 'audit'): Query[] {
  return client.getQueryCache().findAll({ queryKey: [kind] });
}

/** Whether a list shows an entity. */
export function holds(query: Query, id: string): boolean {
  const data = query.state.data as Pages<{ readonly id: string }> | undefined;
  return data?.pages.some((page) => page.items.some((item) => item.id === id)) ?? false;
}

/**
 * Puts a flight where it belongs now. One that was created just now stands first; one that a list of all flights
 * does not hold is on a page that was not asked for yet. Where one that is older comes into a list, only the
 * server knows its place: that list is read again.
 */
export function putFlight(client: QueryClient, flight: Flight, isNew: boolean): void {
  for (const query of listsOf(client, 'flights')) {
    const status = query.queryKey[1];
    const belongs = status === 'all' || status === flight.status;
    const isHeld = holds(query, flight.id);
    if (belongs && !isHeld && !isNew && status !== 'all') {
      void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
      continue;
    }
    client.setQueryData<Pages<Flight>>(query.queryKey, (data) => {
      if (isHeld) return belongs ? replace(data, flight) : without(data, flight.id);
      return belongs && isNew ? onFirstPage(data, (items) => [flight, ...items]) : data;
    });
  }
}

/** Puts a passenger on the list of their flight: in their place, or first when they asked just now. */
export function putPassenger(client: QueryClient, passenger: Passenger, isNew: boolean): void {
  for (const query of listsOf(client, 'passengers')) {
    if (query.queryKey[1] !== passenger.flightId) continue;
    client.setQueryData<Pages<Passenger>>(query.queryKey, (data) => {
      if (holds(query, passenger.id)) return replace(data, passenger);
      return isNew ? onFirstPage(data, (items) => [passenger, ...items]) : data;
    });
  }
}

/** Takes an entity off every list of its kind. */
export function dropEntity(client: QueryClient, kind: 'flights' | 'passengers', id: string): void {
  for (const query of listsOf(client, kind)) {
    if (!holds(query, id)) continue;
    client.setQueryData<Pages<Flight | Passenger>>(query.queryKey, (data) => without(data, id));
  }
}

/** Puts live entries on top of every list whose filters they pass; those it holds already stay as they are. */
export function putEntries(client: QueryClient, entries: readonly AuditEntry[]): void {
  for (const query of listsOf(client, 'audit')) {
    const wanted = entries.filter((entry) => passes(entry, query.queryKey[1] as AuditFilters));
    client.setQueryData<Pages<AuditEntry>>(query.queryKey, (data) =>
      data === undefined ? data : trimmed(onFirstPage(data, (items) => merged(wanted, items))),
    );
  }
}

function passes(entry: AuditEntry, filters: AuditFilters): boolean {
  const { correlation, from, upTo, ...rest } = filters;
  const at = Date.parse(entry.recordedAt);
  if (from !== undefined && at < Date.parse(from)) return false;
  if (upTo !== undefined && at > Date.parse(upTo)) return false;
  const same = Object.entries(rest).every(([name, value]) => {
    return value === undefined || entry[name as keyof typeof rest] === value;
  });
  return same && (correlation === undefined || correlation === entry.correlationId);
}

/** Newest first, each once. */
function merged(fresh: readonly AuditEntry[], items: readonly AuditEntry[]): AuditEntry[] {
  const held = new Set(items.map(({ position }) => position));
  const added = fresh.filter(({ position }) => !held.has(position));
  if (added.length === 0) return [...items];
  return [...added, ...items].sort((a, b) => (BigInt(a.position) < BigInt(b.position) ? 1 : -1));
}

/** An open page must not grow for ever. What is cut off is older than the new cursor, so nothing is lost. */
function trimmed(data: Pages<AuditEntry> | undefined): Pages<AuditEntry> | undefined {
  const newest = data?.pages[0];
  if (data === undefined || newest === undefined || newest.items.length <= KEPT_ENTRIES)
    return data;
  const items = newest.items.slice(0, KEPT_ENTRIES / 2);
  const next = items.at(-1)?.position;
  const page: Page<AuditEntry> = { items, ...(next === undefined ? {} : { next }) };
  return { pages: [page], pageParams: data.pageParams.slice(0, 1) };
}

function onFirstPage<Item>(
  data: Pages<Item> | undefined,
  change: (items: readonly Item[]) => Item[],
): Pages<Item> | undefined {
  const [first, ...rest] = data?.pages ?? [];
  if (data === undefined || first === undefined) return data;
  return { ...data, pages: [{ ...first, items: change(first.items) }, ...rest] };
}

function replace<Item extends { readonly id: string }>(
  data: Pages<Item> | undefined,
  entity: Item,
): Pages<Item> | undefined {
  return eachItems(data, (items) => items.map((item) => (item.id === entity.id ? entity : item)));
}

function without<Item extends { readonly id: string }>(
  data: Pages<Item> | undefined,
  id: string,
): Pages<Item> | undefined {
  return eachItems(data, (items) => items.filter((item) => item.id !== id));
}

function eachItems<Item>(
  data: Pages<Item> | undefined,
  change: (items: readonly Item[]) => Item[],
): Pages<Item> | undefined {
  if (data === undefined) return data;
  return { ...data, pages: data.pages.map((page) => ({ ...page, items: change(page.items) })) };
}
