import { type EventReader, Fault } from '@tidemark/core';

/**
 * The position of the first event that was recorded at a time or later, one behind the last when there is none. Looks
 * at a few events only: the times of a log never fall, so it can be halved.
 *
 * @throws CONFIGURATION_INVALID when `time` is no time.
 */
export async function positionAt(
  store: Pick<EventReader, 'readLog' | 'head'>,
  time: string,
): Promise<bigint> {
  const atMs = Date.parse(time);
  if (Number.isNaN(atMs)) throw new Fault('CONFIGURATION_INVALID', `"${time}" is not a time`);
  // All up to `before` was recorded earlier; what stands at `found` or behind it was not.
  let before = 0n;
  let found = (await store.head()) + 1n;
  while (found - before > 1n) {
    const middle = (before + found) / 2n;
    const [event] = (await store.readLog({ after: middle - 1n, limit: 1 })).events;
    if (event === undefined || Date.parse(event.recordedAt) >= atMs) found = middle;
    else before = event.position;
  }
  return found;
}
