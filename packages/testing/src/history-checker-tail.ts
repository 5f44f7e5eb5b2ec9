import type { EventReader, Recorded } from '@tidemark/core';
import type { HistoryCall, RecordedStore } from './history-checker-calls.ts';

/** A reader that follows a log while it grows. */
export interface Tail {
  readonly reader: EventReader;
  /** The same reader, its calls written down. */
  readonly store: Pick<RecordedStore, 'readLog'>;
  /** Aborts when nothing more will be written; the tail then reads what is left. */
  readonly writersEnded: AbortSignal;
}

/**
 * Follows a log from its beginning to its end and answers the positions in the order in which they came.
 *
 * @example
 * expect(await followLog({ reader, store: recordCalls(reader, calls), writersEnded })).toEqual(positions);
 */
export async function followLog({ reader, store, writersEnded }: Tail): Promise<readonly bigint[]> {
  const positions: bigint[] = [];
  for (let after = 0n; ; ) {
    const isLastRound = writersEnded.aborted;
    const { seen, scannedTo } = await store.readLog({ after, limit: 500 });
    positions.push(...seen.map(({ position }) => position));
    if (scannedTo > after) after = scannedTo;
    else if (isLastRound) return positions;
    else await reader.awaitNews(after, writersEnded);
  }
}

/** All events of a log. */
export async function readAll(reader: EventReader): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for (let after = 0n; after < (await reader.head()); ) {
    const page = await reader.readLog({ after, limit: 1_000 });
    events.push(...page.events);
    after = page.scannedTo;
  }
  return events;
}

/** How often each outcome was answered, for a test that wants to see that clients met. */
export function countOutcomes(calls: readonly HistoryCall[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const call of calls) {
    const kind = call.kind !== 'append' ? call.kind : kindOf(call.outcome);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function kindOf(outcome: Extract<HistoryCall, { kind: 'append' }>['outcome']): string {
  return typeof outcome === 'string' ? outcome : outcome.kind;
}
