import {
  type EventReader,
  type LogPage,
  type LogPageRequest,
  matches,
  type Query,
  type Recorded,
} from '@tidemark/core';
import { batched } from './batched.ts';

/**
 * Events asked of the engine at a time, and kept at least; at most twice as many are. Readers that keep up are a few
 * commits apart: what is kept for longer only becomes old garbage.
 */
const KEPT_EVENTS = 256;

/** The events behind `after` up to `upTo`, all of them. */
interface Recent {
  readonly after: bigint;
  readonly upTo: bigint;
  readonly events: readonly Recorded[];
}

/** The newest events of a log. */
export interface RecentEvents {
  readonly readLog: EventReader['readLog'];
  /** For a commit that begins now: takes the events that it stored. `undefined` while nobody follows the log. */
  readonly learner: () => ((events: readonly Recorded[]) => void) | undefined;
}

/**
 * Reads pages of the log, and keeps its newest events for those who may share them, so that readers who follow the log
 * side by side cost one read and one decoding of each: an event never changes. Those of own commits are not even read,
 * where they follow directly on what is kept: what others have written in between is read first. Each call asks the
 * engine for what is new, so that a page holds what was acknowledged before the call, whoever wrote it. Who asks for
 * tags, or is far behind, reads from the engine alone.
 */
export function createRecentEvents(readLog: EventReader['readLog']): RecentEvents {
  let recent: Recent | undefined;

  const goOn = batched(async () => {
    if (recent === undefined) return;
    const page = await readLog({ after: recent.upTo, limit: KEPT_EVENTS });
    recent = grown(recent, page);
  });
  const learn = (events: readonly Recorded[]): void => {
    const [first] = events;
    if (recent === undefined || first?.position !== recent.upTo + 1n) return;
    recent = grown(recent, { events, scannedTo: (events.at(-1) ?? first).position });
  };
  const readFromEngine = async (page: LogPageRequest): Promise<LogPage> => {
    const read = await readLog(page);
    const { scannedTo } = read;
    // Nothing behind it: from here on, events are kept.
    if (scannedTo === page.after && (recent === undefined || recent.upTo < scannedTo)) {
      recent = { after: scannedTo, upTo: scannedTo, events: [] };
    }
    return read;
  };

  const read: EventReader['readLog'] = async (page) => {
    if (!page.mayShare || asksForTags(page.query)) return readLog(page);
    if (recent === undefined || page.after < recent.after) return readFromEngine(page);
    await goOn([]);
    // Meanwhile the oldest may have been let go; who is ahead of the kept ones reads for itself.
    if (page.after < recent.after || page.after > recent.upTo) return readFromEngine(page);
    return pageOf(recent, page);
  };
  return { readLog: read, learner: () => (recent === undefined ? undefined : learn) };
}

function asksForTags(query: Query = []): boolean {
  return query.some(({ tags }) => tags !== undefined);
}

/** With a page that was read behind it; without its oldest events when they become too many. */
function grown(recent: Recent, { events: read, scannedTo: upTo }: LogPage): Recent {
  if (upTo <= recent.upTo) return recent;
  // Some of them may have been learnt while they were read.
  const newer = read.slice(placeBehind(read, recent.upTo));
  const events = [...recent.events, ...newer];
  if (events.length <= 2 * KEPT_EVENTS) return { after: recent.after, upTo, events };
  const kept = events.slice(-KEPT_EVENTS);
  return { after: events[events.length - KEPT_EVENTS - 1]?.position ?? upTo, upTo, events: kept };
}

function pageOf({ events, upTo }: Recent, { after, limit, query }: LogPageRequest): LogPage {
  const found: Recorded[] = [];
  for (let place = placeBehind(events, after); place < events.length; place += 1) {
    const event = events[place] as Recorded;
    if (query !== undefined && !matches(query, event)) continue;
    found.push(event);
    if (found.length === limit) return { events: found, scannedTo: event.position };
  }
  return { events: found, scannedTo: upTo };
}

/** The place of the first event behind a position. */
function placeBehind(events: readonly Recorded[], after: bigint): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as Recorded).position > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
