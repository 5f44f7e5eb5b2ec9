import type { JsonObject, Query, QueryAlternative, Recorded, StreamName } from '@tidemark/core';
import {
  type Answer,
  eventStream,
  type HttpContext,
  resumeAt,
  type ServerSentEvent,
} from '@tidemark/http';
import { openPersonal, type ServiceOperations } from '@tidemark/runtime';
import { serviceOf } from './answers.ts';
import type { OperationsParts } from './parts.ts';

const EVENTS_PER_PAGE = 200;

interface Filters {
  readonly category?: string | undefined;
  readonly type?: string | undefined;
  readonly tag?: string | undefined;
}

/** One page of the log. `next` is there as long as there is more to look at, also when nothing matched so far. */
export async function listEvents(
  parts: OperationsParts,
  at: { readonly service: string },
  query: Filters & {
    readonly after?: string | undefined;
    readonly limit: number;
    readonly open?: boolean | undefined;
  },
): Promise<Answer> {
  const { store } = serviceOf(parts, at.service);
  const after = BigInt(query.after ?? 0);
  const page = await store.readLog({ after, limit: query.limit, ...asQuery(query) });
  const hasMore = page.scannedTo > after && page.scannedTo < (await store.head());
  if (query.open === true) tellOpened(parts, at.service, page.events);
  return {
    status: 200,
    body: {
      items: await toItems(parts, page.events, query.open),
      ...(hasMore ? { next: String(page.scannedTo) } : {}),
    },
  };
}

/** One page of a stream; `next` is the revision to go on from. */
export async function readStream(
  parts: OperationsParts,
  at: { readonly service: string; readonly stream: string },
  query: { readonly from: number; readonly limit: number; readonly open?: boolean | undefined },
): Promise<Answer> {
  const { store } = serviceOf(parts, at.service);
  const { from, limit } = query;
  const found: Recorded[] = [];
  // One more than asked for tells whether there is a next page.
  const range = { from, upTo: from + limit };
  for await (const some of store.readStream(at.stream as StreamName, range)) found.push(...some);
  const shown = found.slice(0, limit);
  if (query.open === true) tellOpened(parts, at.service, shown);
  return {
    status: 200,
    body: {
      items: await toItems(parts, shown, query.open),
      ...(found.length > limit ? { next: String(from + limit) } : {}),
    },
  };
}

/** Events behind `Last-Event-ID`, `after`, or what is there now, as they come. */
export async function tailEvents(
  parts: OperationsParts,
  at: { readonly service: string; readonly context: HttpContext },
  query: Filters & { readonly after?: string | undefined; readonly open?: boolean | undefined },
): Promise<Answer> {
  const service = serviceOf(parts, at.service);
  const asked = at.context.lastEventId ?? query.after;
  const after = resumeAt(asked, await service.store.head());
  if (query.open === true)
    parts.log.warn('an operator follows opened personal values', { service: at.service });
  return eventStream(follow({ parts, service, query }, after, at.context));
}

async function* follow(
  tail: {
    readonly parts: OperationsParts;
    readonly service: ServiceOperations;
    readonly query: Filters & { readonly open?: boolean | undefined };
  },
  from: bigint,
  { signal }: HttpContext,
): AsyncGenerator<ServerSentEvent> {
  const { parts, query } = tail;
  const { store } = tail.service;
  let after = from;
  while (!signal.aborted) {
    const page = await store.readLog({ after, limit: EVENTS_PER_PAGE, ...asQuery(query) });
    for (const item of await toItems(parts, page.events, query.open)) {
      yield { id: item.position, data: item };
    }
    if (page.scannedTo === after) await store.awaitNews(after, signal);
    after = page.scannedTo;
  }
}

function asQuery({ category, type, tag }: Filters): { readonly query?: Query } {
  const wanted: QueryAlternative = {
    ...(category === undefined ? {} : { categories: [category] }),
    ...(type === undefined ? {} : { types: [type] }),
    ...(tag === undefined ? {} : { tags: [tag] }),
  };
  return Object.keys(wanted).length === 0 ? {} : { query: [wanted] };
}

/** Looking at what is personal leaves a trace: where, not what. */
function tellOpened({ log }: OperationsParts, service: string, events: readonly Recorded[]): void {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return;
  log.warn('an operator opened personal values', {
    service,
    from: String(first.position),
    upTo: String(last.position),
  });
}

async function toItems(
  { keys }: OperationsParts,
  events: readonly Recorded[],
  open: boolean | undefined,
) {
  const data = events.map((event) => event.data);
  const shown = open === true ? ((await openPersonal(keys, data)) as readonly JsonObject[]) : data;
  return events.map((event, index) => {
    const { position, stream, revision, type, schema, id, recordedAt, cause, tags = [] } = event;
    const { actor, correlationId, causationId } = cause;
    return {
      ...{ position: String(position), stream, revision, type, schema, id, recordedAt },
      ...{ actor, correlationId, causationId, tags, data: shown[index] },
    };
  });
}
