/** Lets one at a time act under a name. */
export interface Turns {
  /** Runs `work` when its turn has come; not at all when `signal` aborts before. */
  readonly take: (name: string, work: () => Promise<void>, signal: AbortSignal) => Promise<void>;
}

/** Turns within this process, first come, first served. */
export function createTurns(): Turns {
  const lastOf = new Map<string, Promise<void>>();

  return {
    take: async (name, work, signal) => {
      const before = lastOf.get(name);
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      // Who gives up keeps its place in the chain, and passes the turn on when it comes.
      const mine = (before ?? Promise.resolve()).then(() => ended);
      lastOf.set(name, mine);
      try {
        if (before !== undefined) await settledOrAborted(before, signal);
        if (!signal.aborted) await work();
      } finally {
        end();
        // Not before: who gave up has ended, and the one before may still be at work.
        void mine.then(() => {
          if (lastOf.get(name) === mine) lastOf.delete(name);
        });
      }
    },
  };
}

function settledOrAborted(before: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      signal.removeEventListener('abort', go);
      resolve();
    };
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', go);
    void before.then(go);
  });
}
