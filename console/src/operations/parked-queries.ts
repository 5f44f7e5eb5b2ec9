import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { bodyOf } from '../api/problems.ts';
import { operations } from './client.ts';
import {
  consumersQuery,
  live,
  type OfService,
  page,
  paging,
  type ReadModelPlace,
  readModelsQuery,
} from './queries.ts';

/** The rows of a read model that were set aside. */
export function parkedRowsQuery(place: ReadModelPlace) {
  return infiniteQueryOptions({
    ...live,
    ...paging,
    queryKey: ['operations', 'parked-rows', place],
    queryFn: ({ pageParam: after, signal }) => {
      const path = '/services/{service}/read-models/{readModel}/parked';
      const params = { path: { ...place }, query: page({ after }) };
      return bodyOf(operations.GET(path, { params, signal }));
    },
  });
}

/** An inbox or a process of a service. */
export interface ConsumerPlace {
  readonly service: string;
  readonly consumer: string;
}

/** The messages of a consumer that were set aside. */
export function parkedMessagesQuery(place: ConsumerPlace) {
  return infiniteQueryOptions({
    ...live,
    ...paging,
    queryKey: ['operations', 'parked-messages', place],
    queryFn: ({ pageParam: after, signal }) => {
      const path = '/services/{service}/consumers/{consumer}/parked';
      const params = { path: { ...place }, query: page({ after }) };
      return bodyOf(operations.GET(path, { params, signal }));
    },
  });
}

/** All of one of them. */
export function parkedMessageQuery(place: ConsumerPlace, key: string) {
  return queryOptions({
    queryKey: ['operations', 'parked-message', place, key],
    staleTime: 0,
    queryFn: ({ signal }) => {
      const path = '/services/{service}/consumers/{consumer}/parked/message';
      return bodyOf(
        operations.GET(path, { params: { path: { ...place }, query: { key } }, signal }),
      );
    },
  });
}

/** Who has set something aside. */
interface Parkings {
  readonly rows: readonly ReadModelPlace[];
  readonly messages: readonly ConsumerPlace[];
  /** Services that could not tell. */
  readonly untold: readonly OfService<unknown>[];
}

/** Who has set something aside, with the first page of it, so that all is drawn in one piece. */
export const parkingsQuery = queryOptions({
  ...live,
  queryKey: ['operations', 'parkings'],
  queryFn: async ({ client }): Promise<Parkings> => {
    const readModels = await client.fetchQuery(readModelsQuery);
    const consumers = await client.fetchQuery(consumersQuery);
    const rows = parkedIn(readModels).map(({ service, name: readModel }) => ({
      service,
      readModel,
    }));
    const messages = parkedIn(consumers).map(({ service, name: consumer }) => ({
      service,
      consumer,
    }));
    await Promise.all([
      ...rows.map((place) => loadOnce(client, parkedRowsQuery(place))),
      ...messages.map((place) => loadOnce(client, parkedMessagesQuery(place))),
    ]);
    const untold = [...readModels, ...consumers].filter(({ error }) => error !== undefined);
    return { rows, messages, untold };
  },
});

/** A list that fails shows its own state; one that was loaded keeps itself up to date. */
async function loadOnce(
  client: QueryClient,
  query: ReturnType<typeof parkedRowsQuery> | ReturnType<typeof parkedMessagesQuery>,
): Promise<void> {
  if (client.getQueryState(query.queryKey) !== undefined) return;
  await client.prefetchInfiniteQuery(query as ReturnType<typeof parkedRowsQuery>);
}

function parkedIn(
  services: readonly OfService<readonly { readonly name: string; readonly parked: number }[]>[],
) {
  return services.flatMap(({ service, found = [] }) =>
    found.filter(({ parked }) => parked > 0).map(({ name }) => ({ service, name })),
  );
}
