import { type Condition, matches, type StreamCondition, type StreamName } from '@tidemark/core';
import type { MemoryStorage } from './event-engine-storage.ts';

/** What is true instead, when a condition does not hold. */
export interface BrokenCondition {
  readonly condition: Condition;
  readonly actual: number | 'none' | bigint;
}

/** The first condition that does not hold; `undefined` when all do. */
export function findBroken(
  storage: MemoryStorage,
  conditions: readonly Condition[],
): BrokenCondition | undefined {
  for (const condition of conditions) {
    const actual =
      'stream' in condition ? brokenBy(storage, condition) : matchOf(storage, condition);
    if (actual !== undefined) return { condition, actual };
  }
  return undefined;
}

/** Last revision of a stream. */
export function lastRevision(storage: MemoryStorage, stream: StreamName): number | 'none' {
  const events = storage.streams.get(stream);
  return events === undefined ? 'none' : events.length - 1;
}

function brokenBy(storage: MemoryStorage, condition: StreamCondition): number | 'none' | undefined {
  const actual = lastRevision(storage, condition.stream);
  const holds = condition.revision === 'some' ? actual !== 'none' : actual === condition.revision;
  return holds ? undefined : actual;
}

/** Position of the first event that should not be there. */
function matchOf(
  storage: MemoryStorage,
  condition: Exclude<Condition, StreamCondition>,
): bigint | undefined {
  for (let place = Number(condition.after); place < storage.log.length; place += 1) {
    const event = storage.log[place];
    if (event !== undefined && matches(condition.nothingMatches, event)) return event.position;
  }
  return undefined;
}
