import { Fault, type Timer, type Timers } from '@tidemark/core';

/** What a file would hold: outlives the `Timers` that work on it. */
export interface MemoryTimerStorage {
  readonly byId: Map<string, Timer>;
}

/** An empty storage for timers in one process. */
export function createMemoryTimerStorage(): MemoryTimerStorage {
  return { byId: new Map() };
}

/**
 * Timers in memory: the executable definition of the port. For tests; nothing survives the process.
 *
 * @example
 * const timers = createMemoryTimers();
 */
export function createMemoryTimers(
  options: { readonly storage?: MemoryTimerStorage } = {},
): Timers {
  const { byId } = options.storage ?? createMemoryTimerStorage();
  let closed = false;
  const pendingOf = (owner: string): readonly Timer[] => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the timers are closed');
    return [...byId.values()].filter((timer) => timer.owner === owner).sort(earliestFirst);
  };

  return {
    set: async (timers) => {
      if (closed) throw new Fault('STORE_UNAVAILABLE', 'the timers are closed');
      const bad = timers.find(({ dueAtMs }) => !Number.isSafeInteger(dueAtMs));
      if (bad !== undefined) throw new RangeError(`"${bad.id}" is due at no whole millisecond`);
      for (const timer of timers) {
        if (!byId.has(timer.id)) byId.set(timer.id, structuredClone(timer));
      }
    },
    cancel: async (ids) => {
      if (closed) throw new Fault('STORE_UNAVAILABLE', 'the timers are closed');
      for (const id of ids) byId.delete(id);
    },
    due: async ({ owner, nowMs, limit }) =>
      pendingOf(owner)
        .filter(({ dueAtMs }) => dueAtMs <= nowMs)
        .slice(0, limit),
    nextDueAtMs: async (owner, afterMs) =>
      pendingOf(owner).find(({ dueAtMs }) => dueAtMs > afterMs)?.dueAtMs,
    list: async (limit, after) => {
      if (closed) throw new Fault('STORE_UNAVAILABLE', 'the timers are closed');
      const all = [...byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
      return all.filter(({ id }) => after === undefined || id > after).slice(0, limit);
    },
    close: async () => {
      closed = true;
    },
  };
}

function earliestFirst(one: Timer, other: Timer): number {
  if (one.dueAtMs !== other.dueAtMs) return one.dueAtMs - other.dueAtMs;
  return one.id < other.id ? -1 : 1;
}
