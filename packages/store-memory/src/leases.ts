import { Fault, type Leases } from '@tidemark/core';

/**
 * Leases among those who work in one process: a queue for each name. No lease expires, because a holder that dies
 * takes all the others with it.
 *
 * @example
 * const leases = createMemoryLeases();
 * await leases.hold('relay', (held) => relay.run(held), signal);
 */
export function createMemoryLeases(): Leases {
  /** Who waits for each name that is held. */
  const queues = new Map<string, Set<() => void>>();
  const closing = new AbortController();

  const take = async (name: string, stop: AbortSignal): Promise<boolean> => {
    const queue = queues.get(name);
    if (queue === undefined) queues.set(name, new Set());
    else if (!(await turnIn(queue, stop))) return false;
    if (!stop.aborted) return true;
    release(name);
    return false;
  };
  const release = (name: string): void => {
    const [next] = queues.get(name) ?? [];
    if (next === undefined) queues.delete(name);
    else next();
  };

  return {
    hold: async (name, work, signal) => {
      const stop = AbortSignal.any([signal, closing.signal]);
      const taken = await take(name, stop);
      if (closing.signal.aborted) throw new Fault('STORE_UNAVAILABLE', 'the leases are closed');
      if (!taken) return;
      try {
        await work(stop);
      } finally {
        release(name);
      }
    },
    close: async () => closing.abort(),
  };
}

/** Waits in a queue. Answers whether its turn came before `stop` did. */
function turnIn(queue: Set<() => void>, stop: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (came: boolean): void => {
      queue.delete(begin);
      stop.removeEventListener('abort', leave);
      resolve(came);
    };
    const begin = (): void => end(true);
    const leave = (): void => end(false);
    if (stop.aborted) return resolve(false);
    queue.add(begin);
    stop.addEventListener('abort', leave);
  });
}
