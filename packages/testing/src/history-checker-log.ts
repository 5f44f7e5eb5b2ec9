import type { Recorded, StreamName } from '@tidemark/core';

/** The final log, by every way of looking at it. */
export interface FinalLog {
  /** The event at position p stands at p - 1, when `faults` is empty. */
  readonly events: readonly Recorded[];
  readonly byId: ReadonlyMap<string, Recorded>;
  readonly streams: ReadonlyMap<StreamName, readonly Recorded[]>;
  /** What is wrong with the log itself. */
  readonly faults: readonly string[];
}

/** Takes a log apart, and looks for gaps, repeated events, broken streams and times that fall. */
export function takeApart(events: readonly Recorded[]): FinalLog {
  const byId = new Map<string, Recorded>();
  const streams = new Map<StreamName, Recorded[]>();
  const faults: string[] = [];
  let latest = '';
  for (const [place, event] of events.entries()) {
    const { id, position, revision, recordedAt } = event;
    if (recordedAt < latest) faults.push(`position ${position} was recorded before ${latest}`);
    latest = recordedAt;
    if (position !== BigInt(place + 1)) faults.push(`position ${position} stands at ${place + 1}`);
    if (byId.has(id)) faults.push(`event ${id} is in the log twice`);
    byId.set(id, event);
    const stream = streams.get(event.stream) ?? [];
    streams.set(event.stream, stream);
    if (revision !== stream.length) {
      faults.push(`${event.stream}: revision ${revision} stands at ${stream.length}`);
    }
    stream.push(event);
  }
  return { events, byId, streams, faults };
}

/** How many events of a stream stand at that position or before. */
export function countUpTo({ streams }: FinalLog, stream: StreamName, position: bigint): number {
  const events = streams.get(stream) ?? [];
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as Recorded).position <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
