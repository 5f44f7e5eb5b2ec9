import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { bodyOf } from '../api/problems.ts';
import { operations } from './client.ts';
import type { ReadModel } from './types.ts';

/** What changes by itself is asked for again so often, while somebody looks. */
export const LOOK_AGAIN_MS = 4_000;
/** What is on its way is followed more closely. */
export const FOLLOW_MS = 1_000;
const ITEMS_PER_PAGE = 50;
/** More timers than this are told of by the command line. */
const MOST_TIMERS = 1_000;

/** No event tells of these: they are read anew whenever they are looked at. */
export const live = { staleTime: 0, refetchInterval: LOOK_AGAIN_MS } as const;

/** What one service answered; one that fails does not hide the others. */
export interface OfService<Found> {
  readonly service: string;
  readonly found?: Found;
  readonly error?: Error;
}

/** The services and how what runs for them is. */
export const servicesQuery = queryOptions({
  ...live,
  queryKey: ['operations', 'services'],
  queryFn: async ({ signal }) => (await bodyOf(operations.GET('/services', { signal }))).items,
});

/** The read models of every service. */
export const readModelsQuery = queryOptions({
  ...live,
  queryKey: ['operations', 'read-models'],
  queryFn: ({ signal, client }) =>
    ofEachService(signal, async (service) => {
      const params = { path: { service } };
      const path = '/services/{service}/read-models';
      const { items } = await bodyOf(operations.GET(path, { params, signal }));
      await loadRebuilds(client, service, items);
      return items;
    }),
});

/** The first time, so that the page is drawn in one piece; one that fails shows its own state. */
async function loadRebuilds(
  client: QueryClient,
  service: string,
  readModels: readonly ReadModel[],
): Promise<void> {
  const missing = readModels
    .filter(({ rebuild }) => rebuild !== undefined)
    .map(({ name: readModel }) => rebuildQuery({ service, readModel }))
    .filter(({ queryKey }) => client.getQueryState(queryKey) === undefined);
  await Promise.all(missing.map((query) => client.prefetchQuery(query)));
}

/** The inboxes and processes of every service. */
export const consumersQuery = queryOptions({
  ...live,
  queryKey: ['operations', 'consumers'],
  queryFn: ({ signal }) =>
    ofEachService(signal, async (service) => {
      const params = { path: { service } };
      return (await bodyOf(operations.GET('/services/{service}/consumers', { params, signal })))
        .items;
    }),
});

/** The reminders that wait in every service. */
export const timersQuery = queryOptions({
  ...live,
  queryKey: ['operations', 'timers'],
  queryFn: ({ signal }) =>
    ofEachService(signal, async (service) => {
      const params = { path: { service }, query: { limit: String(MOST_TIMERS) } };
      return bodyOf(operations.GET('/services/{service}/timers', { params, signal }));
    }),
});

async function ofEachService<Found>(
  signal: AbortSignal,
  read: (service: string) => Promise<Found>,
): Promise<readonly OfService<Found>[]> {
  const { items } = await bodyOf(operations.GET('/services', { signal }));
  return Promise.all(
    items.map(async ({ name: service }) => {
      try {
        return { service, found: await read(service) };
      } catch (error) {
        return { service, error: error as Error };
      }
    }),
  );
}

/** A read model of a service. */
export interface ReadModelPlace {
  readonly service: string;
  readonly readModel: string;
}

/** How far a rebuild is. */
export function rebuildQuery(place: ReadModelPlace) {
  return queryOptions({
    queryKey: ['operations', 'rebuild', place],
    staleTime: 0,
    queryFn: ({ signal }) => {
      const path = '/services/{service}/read-models/{readModel}/rebuild';
      return bodyOf(operations.GET(path, { params: { path: { ...place } }, signal }));
    },
    refetchInterval: ({ state: { data } }) =>
      data?.state === 'building' || data?.state === 'comparing' ? FOLLOW_MS : LOOK_AGAIN_MS,
  });
}

const FIRST_PAGE: string | undefined = undefined;
export const paging = {
  initialPageParam: FIRST_PAGE as string | undefined,
  getNextPageParam: (page: { readonly next?: string }) => page.next,
};

/** The streams of a service, in the order in which they began. */
export function streamsQuery(service: string) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: ['operations', 'streams', service],
    staleTime: 0,
    queryFn: ({ pageParam: after, signal }) => {
      const params = { path: { service }, query: page({ after }) };
      return bodyOf(operations.GET('/services/{service}/streams', { params, signal }));
    },
  });
}

/** The events of a stream, oldest first; personal values sealed. */
export function streamEventsQuery(place: { readonly service: string; readonly stream: string }) {
  return infiniteQueryOptions({
    ...paging,
    queryKey: ['operations', 'stream-events', place],
    staleTime: 0,
    queryFn: ({ pageParam: from, signal }) => {
      const path = '/services/{service}/streams/{stream}/events';
      const params = { path: { ...place }, query: page({ from }) };
      return bodyOf(operations.GET(path, { params, signal }));
    },
  });
}

/** The event at a position of a service's log. */
export function eventAtQuery(service: string, position: string) {
  return queryOptions({
    queryKey: ['operations', 'event', service, position],
    queryFn: async ({ signal }) => {
      const after = String(BigInt(position) - 1n);
      const params = { path: { service }, query: { after, limit: '1' } };
      const found = await bodyOf(operations.GET('/services/{service}/events', { params, signal }));
      return found.items[0] ?? null;
    },
  });
}

/** Something that was begun, until it has ended. */
export function taskQuery(id: string) {
  return queryOptions({
    queryKey: ['operations', 'task', id],
    staleTime: 0,
    queryFn: ({ signal }) =>
      bodyOf(operations.GET('/tasks/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state: { data } }) =>
      data === undefined || data.state === 'running' ? FOLLOW_MS : false,
  });
}

/** One page of a list, from a place on. */
export function page<Place extends Readonly<Record<string, string | undefined>>>(place: Place) {
  const given = Object.entries(place).filter(([, value]) => value !== undefined);
  return { limit: String(ITEMS_PER_PAGE), ...Object.fromEntries(given) };
}
