import type { Receipt, Recorded, StreamName } from '@tidemark/core';

/** What a file would hold: outlives the engines that work on it. */
export interface MemoryStorage {
  /** The event at position p stands at p - 1. */
  readonly log: Recorded[];
  readonly streams: Map<StreamName, Recorded[]>;
  readonly commands: Map<string, Receipt>;
  /** Called after each commit, whichever engine made it. */
  readonly listeners: Set<() => void>;
}

/**
 * An empty storage for engines in one process.
 *
 * @example
 * const storage = createMemoryStorage();
 * const first = createMemoryEventEngine({ storage });
 * const second = createMemoryEventEngine({ storage });
 */
export function createMemoryStorage(): MemoryStorage {
  return { log: [], streams: new Map(), commands: new Map(), listeners: new Set() };
}
