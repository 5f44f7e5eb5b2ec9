import { type EventReader, Fault } from '@tidemark/core';
import { positionAt } from './position-at.ts';

/** A moment in the life of a store: behind the event at a position, or at a time (ISO-8601). */
export type Moment = { readonly position: bigint } | { readonly time: string };

/**
 * The last position that counts as of a moment; `0n` before the first event. At a time that is the last event recorded
 * then or before, by the store's clock; a time to come is now.
 *
 * @throws POSITION_AHEAD for a position that the log has not come to; CONFIGURATION_INVALID for what is no time.
 * @example
 * const position = await positionOf(store, { time: '2026-11-21T08:30:00Z' });
 */
export async function positionOf(
  store: Pick<EventReader, 'readLog' | 'head'>,
  moment: Moment,
): Promise<bigint> {
  if ('time' in moment) return (await positionAt(store, afterwards(moment.time))) - 1n;
  const head = await store.head();
  if (moment.position <= head) return moment.position;
  throw new Fault('POSITION_AHEAD', `the log has come to ${head}, not to ${moment.position}`, {
    facts: { head: String(head), position: String(moment.position) },
  });
}

/** A millisecond later, the unit in which the times of events are kept. */
function afterwards(time: string): string {
  const atMs = Date.parse(time);
  return Number.isNaN(atMs) ? time : new Date(atMs + 1).toISOString();
}
