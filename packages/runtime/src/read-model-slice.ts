import { type Division, type Message, type ReadModelTable, WHOLE } from '@tidemark/core';
import { createSteps, type ProjectorParts, type SliceParts } from './read-model-step.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

/**
 * Keeps the rows of one slice up to date. Resolves when `signal` aborts (`stopped`), when the slice has come as
 * far as it may before the table is divided anew (`held`), or when another division is in force (`divided`).
 */
export async function runSlice<Event extends Message, Row extends object>(
  parts: SliceParts<Event, Row>,
  signal: AbortSignal,
): Promise<'stopped' | 'held' | 'divided'> {
  const { store, division, slice, retrying } = parts;
  const steps = createSteps(parts, signal);
  const pace = createPace(parts);
  let from = division.checkpoints[slice.index] ?? 0n;
  try {
    while (!signal.aborted) {
      parts.onReached(from);
      if (from === division.next?.at) return 'held';
      const reached = await steps.take(from);
      if (reached === 'overtaken') {
        const now = await retrying(() => divisionOf(parts.table));
        if (!isSameDivision(now, division)) return 'divided';
        from = now.checkpoints[slice.index] ?? 0n;
      } else if (reached === from) await store.awaitNews(from, signal);
      else {
        if (pace !== undefined) await pace(reached - from, signal);
        from = reached;
      }
      // A long catch-up must leave room for everything else in this process.
      await turnOfTheLoop();
    }
    return 'stopped';
  } finally {
    await steps.end();
  }
}

/** Waits as long as so many events may take. `undefined` when they may take as long as they do. */
function createPace({
  clock,
  eventsPerSecond,
}: Pick<ProjectorParts<Message, object>, 'clock' | 'eventsPerSecond'>):
  | ((events: bigint, signal: AbortSignal) => Promise<void>)
  | undefined {
  if (eventsPerSecond === undefined) return undefined;
  let freeAtMs = clock.now();
  return async (events, signal) => {
    const nowMs = clock.now();
    freeAtMs = Math.max(freeAtMs, nowMs) + (Number(events) * 1_000) / eventsPerSecond;
    await clock.sleep(freeAtMs - nowMs, signal);
  };
}

/** How the table is divided; a table that cannot be has one slice. */
export async function divisionOf<Row extends object>(
  table: Pick<ReadModelTable<Row>, 'slicing' | 'checkpoint'>,
): Promise<Division> {
  if (table.slicing !== undefined) return table.slicing.read();
  return { count: 1, checkpoints: [await table.checkpoint(WHOLE)] };
}

/** Whether nothing but checkpoints differs. */
export function isSameDivision(one: Division, other: Division): boolean {
  if (one.count !== other.count) return false;
  return one.next?.count === other.next?.count && one.next?.at === other.next?.at;
}
