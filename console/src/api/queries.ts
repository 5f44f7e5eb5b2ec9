import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api } from './client.ts';
import { whenWatching } from './connection.ts';
import { bodyOf } from './problems.ts';
import { consistencyHeader } from './seen.ts';
import type { AuditFilters, FlightStatus, Page } from './types.ts';

/** Flights on a page of the board: each brings a passenger list. */
const FLIGHTS_PER_PAGE = 20;
const PASSENGERS_PER_PAGE = 20;
const ENTRIES_PER_PAGE = 50;
/** How long a page of flights waits for the passenger lists, so that it is drawn in one piece. */
const LISTS_WITHIN_MS = 800;

const FIRST_PAGE: string | undefined = undefined;

const paging = {
  initialPageParam: FIRST_PAGE as string | undefined,
  getNextPageParam: (page: Page<unknown>) => page.next,
};

/** The flights of the board, of one status or all, the newest first. */
export function flightsQuery(status: FlightStatus | undefined) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: ['flights', status ?? 'all'],
    queryFn: async ({ pageParam, signal, client }) => {
      await whenWatching;
      const query = { limit: String(FLIGHTS_PER_PAGE), ...given({ status, cursor: pageParam }) };
      const header = consistencyHeader('flights');
      const page = await bodyOf(api.GET('/flights', { params: { query, header }, signal }));
      await loadPassengers(client, page.items);
      return page;
    },
  });
}

/** A list that fails or is late shows its own state in its card. */
async function loadPassengers(
  client: QueryClient,
  flights: readonly { readonly id: string }[],
): Promise<void> {
  const loading = flights.map(({ id }) => client.prefetchInfiniteQuery(passengersQuery(id)));
  const late = new Promise((resolve) => setTimeout(resolve, LISTS_WITHIN_MS));
  await Promise.race([Promise.all(loading), late]);
}

/** The passengers of a flight, the newest request first. */
export function passengersQuery(flightId: string) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: ['passengers', flightId],
    queryFn: async ({ pageParam, signal }) => {
      const query = {
        limit: String(PASSENGERS_PER_PAGE),
        flightId,
        ...given({ cursor: pageParam }),
      };
      const header = consistencyHeader('passengers');
      return bodyOf(api.GET('/passengers', { params: { query, header }, signal }));
    },
  });
}

/** What happened to a flight, oldest first; read anew each time it is looked at. */
export function flightHistoryQuery(id: string) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: ['flight-history', id],
    staleTime: 0,
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: String(ENTRIES_PER_PAGE), ...given({ cursor: pageParam }) };
      const params = { path: { id }, query };
      return bodyOf(api.GET('/flights/{id}/history', { params, signal }));
    },
  });
}

/** A flight as it was at a place in the log of flights. */
export function flightAsOfQuery(id: string, position: string) {
  return queryOptions({
    queryKey: ['flight-as-of', id, position],
    queryFn: async ({ signal }) => {
      const params = { path: { id }, query: { asOf: position } };
      return bodyOf(api.GET('/flights/{id}', { params, signal }));
    },
  });
}

/** What happened to a passenger, oldest first; read anew each time it is looked at. */
export function passengerHistoryQuery(id: string) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: ['passenger-history', id],
    staleTime: 0,
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: String(ENTRIES_PER_PAGE), ...given({ cursor: pageParam }) };
      const params = { path: { id }, query };
      return bodyOf(api.GET('/passengers/{id}/history', { params, signal }));
    },
  });
}

/** A passenger as they were at a place in the log of passengers. An erasure changes it: it is read anew. */
export function passengerAsOfQuery(id: string, position: string) {
  return queryOptions({
    queryKey: ['passenger-as-of', id, position],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const params = { path: { id }, query: { asOf: position } };
      return bodyOf(api.GET('/passengers/{id}', { params, signal }));
    },
  });
}

/** The audit log, newest first. */
export function auditQuery(filters: AuditFilters) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: ['audit', filters],
    queryFn: async ({ pageParam, signal }) => {
      await whenWatching;
      const query = { limit: String(ENTRIES_PER_PAGE), ...filters, ...given({ after: pageParam }) };
      return bodyOf(api.GET('/audit', { params: { query }, signal }));
    },
  });
}

/** The same without what is not given: an absent parameter is not an empty one. */
function given<Fields extends Record<string, string | undefined>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}
