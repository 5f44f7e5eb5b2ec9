import { type AppendRequest, matches, type NewEvent, type QueryAlternative } from '@tidemark/core';

/** Which requests of a queue may share one commit, asked in queue order. */
export interface BatchIndependence {
  /**
   * Whether a request is independent of all that were asked about before. A request that is held back
   * is remembered too: nothing that touches the same streams or command id may overtake it.
   */
  readonly admit: (request: AppendRequest) => boolean;
  /** Remembers a request as held back without asking, for example because the batch is full. */
  readonly holdBack: (request: AppendRequest) => void;
}

/**
 * Starts an empty batch. Two requests are independent when they have different command ids and neither
 * writes a stream or event that a condition of the other looks at. Two writers of one stream without
 * conditions are independent: the engine stores them in the order of the batch.
 */
export function createBatchIndependence(): BatchIndependence {
  const commandIds = new Set<string>();
  const watched = new Set<string>();
  const written = new Set<string>();
  const heldBack = new Set<string>();
  const queries = createQueryClashes();

  const clashes = (request: AppendRequest): boolean => {
    if (request.commandId !== undefined && commandIds.has(request.commandId)) return true;
    for (const { stream } of request.events) {
      if (watched.has(stream) || heldBack.has(stream)) return true;
    }
    for (const condition of request.conditions) {
      if (!('stream' in condition)) continue;
      if (written.has(condition.stream) || heldBack.has(condition.stream)) return true;
    }
    return queries.clash(request);
  };

  const remember = (request: AppendRequest, writes: Set<string>): void => {
    if (request.commandId !== undefined) commandIds.add(request.commandId);
    for (const { stream } of request.events) writes.add(stream);
    for (const condition of request.conditions) {
      if ('stream' in condition) watched.add(condition.stream);
    }
    queries.remember(request);
  };

  return {
    admit: (request) => {
      const admitted = !clashes(request);
      remember(request, admitted ? written : heldBack);
      return admitted;
    },
    holdBack: (request) => remember(request, heldBack),
  };
}

interface QueryClashes {
  readonly clash: (request: AppendRequest) => boolean;
  readonly remember: (request: AppendRequest) => void;
}

/** One alternative, as a query of its own: kept so, because that is what `matches` takes. */
type OneAlternative = readonly [QueryAlternative];

/**
 * Events against queries, both ways. Looked up by tag, because a full batch of tag conditions would
 * otherwise compare every request with every other.
 */
function createQueryClashes(): QueryClashes {
  const requests: AppendRequest[] = [];
  const eventsByTag = new Map<string, NewEvent[]>();
  const tagged = new Map<string, OneAlternative[]>();
  const untagged: OneAlternative[] = [];

  const eventIsWatched = (event: NewEvent): boolean =>
    untagged.some((query) => matches(query, event)) ||
    (tagged.size > 0 &&
      (event.tags ?? []).some((tag) => tagged.get(tag)?.some((query) => matches(query, event))));

  const isWritten = (query: OneAlternative): boolean => {
    const tag = query[0].tags?.[0];
    if (tag === undefined) return requests.some(({ events }) => events.some(matching(query)));
    return eventsByTag.get(tag)?.some(matching(query)) ?? false;
  };

  return {
    clash: ({ events, conditions }) => {
      if ((tagged.size > 0 || untagged.length > 0) && events.some(eventIsWatched)) return true;
      for (const condition of conditions) {
        if ('stream' in condition) continue;
        if (condition.nothingMatches.some((one) => isWritten([one]))) return true;
      }
      return false;
    },
    remember: (request) => {
      requests.push(request);
      for (const event of request.events) {
        for (const tag of event.tags ?? []) addTo(eventsByTag, tag, event);
      }
      for (const condition of request.conditions) {
        if ('stream' in condition) continue;
        for (const one of condition.nothingMatches) {
          const tag = one.tags?.[0];
          if (tag === undefined) untagged.push([one]);
          else addTo(tagged, tag, [one]);
        }
      }
    },
  };
}

function matching(query: OneAlternative): (event: NewEvent) => boolean {
  return (event) => matches(query, event);
}

function addTo<Item>(lists: Map<string, Item[]>, name: string, item: Item): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}
