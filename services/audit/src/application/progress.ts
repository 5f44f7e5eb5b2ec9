import type { LiveReadModel } from '@tidemark/runtime';
import type { Entry } from './entries.ts';

/** A service that has not been recorded as far as asked, and how far it has. */
export interface Behind {
  readonly service: string;
  readonly position: bigint;
}

/** How far audit has recorded each service. */
export interface Progress {
  /** Notes that a service has been recorded up to there. */
  readonly note: (service: string, position: bigint) => void;
  /**
   * Resolves once every service has been recorded as far as asked; when `signal` aborts before, with a service that
   * has not. A service that audit does not know is not waited for.
   */
  readonly recorded: (
    asked: ReadonlyMap<string, bigint>,
    signal: AbortSignal,
  ) => Promise<Behind | undefined>;
}

/** Keeps the progress in memory; what came before the start is read from the last entry of a service. */
export function createProgress(
  entries: LiveReadModel<Entry>,
  services: readonly string[],
): Progress {
  const reached = new Map<string, bigint>();
  const waiting = new Set<() => void>();

  async function has(service: string, position: bigint): Promise<boolean> {
    if (!services.includes(service)) return true;
    const known = reached.get(service) ?? (await lastOf(entries, service));
    reached.set(service, maximum(known, reached.get(service)));
    return known >= position;
  }

  /** Comes with the next note, or when `signal` aborts; nothing of it stays once it is forgotten. */
  function nextNews(signal: AbortSignal): { readonly came: Promise<void>; forget: () => void } {
    let tell = (): void => undefined;
    const came = new Promise<void>((resolve) => {
      tell = resolve;
    });
    waiting.add(tell);
    signal.addEventListener('abort', tell, { once: true });
    const forget = (): void => {
      waiting.delete(tell);
      signal.removeEventListener('abort', tell);
    };
    return { came, forget };
  }

  async function recordedTo(
    service: string,
    position: bigint,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (;;) {
      const news = nextNews(signal);
      try {
        if (await has(service, position)) return true;
        if (signal.aborted) return false;
        await news.came;
      } finally {
        news.forget();
      }
    }
  }

  return {
    note: (service, position) => {
      reached.set(service, maximum(position, reached.get(service)));
      for (const tell of waiting) tell();
    },
    recorded: async (asked, signal) => {
      for (const [service, position] of asked) {
        if (await recordedTo(service, position, signal)) continue;
        return { service, position: reached.get(service) ?? 0n };
      }
      return undefined;
    },
  };
}

async function lastOf(entries: LiveReadModel<Entry>, service: string): Promise<bigint> {
  const page = await entries.find({
    index: 'service',
    equals: [service],
    order: 'descending',
    limit: 1,
  });
  return BigInt(page.items[0]?.servicePosition ?? 0);
}

function maximum(a: bigint, b: bigint | undefined): bigint {
  return b !== undefined && b > a ? b : a;
}
