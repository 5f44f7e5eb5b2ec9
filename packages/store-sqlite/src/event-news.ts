/** Ends waiting when there is something new in the file, whoever wrote it. */
export interface EventNews {
  /** Resolves once the head is behind `after`, when `signal` aborts, or when closed. Never rejects. */
  readonly wait: (after: bigint, signal: AbortSignal) => Promise<void>;
  /** To be called after an own commit: those who wait learn of it at once. */
  readonly announce: () => void;
  readonly close: () => void;
}

/** How to see news: cheap to ask, and over a connection that is not in a transaction. */
export interface NewsSource {
  /** A figure that changes with every commit of another connection. */
  readonly dataVersion: () => unknown;
  readonly head: () => bigint;
}

const FIRST_POLL_AFTER_MS = 1;
/** An idle platform should cost next to nothing; who writes from another process is seen this late at worst. */
const LAST_POLL_AFTER_MS = 50;
const BACKOFF = 1.25;

interface Waiter {
  readonly after: bigint;
  readonly wake: () => void;
}

/**
 * Watches for news: own commits are announced, those of other processes are found by polling, only while
 * somebody waits. The timer does not keep the process alive.
 */
export function createEventNews(source: NewsSource): EventNews {
  const waiters = new Set<Waiter>();
  let timer: NodeJS.Timeout | undefined;
  let pollAfterMs = FIRST_POLL_AFTER_MS;
  let seen: unknown;
  let closed = false;

  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const announce = () => {
    if (waiters.size === 0) return;
    pollAfterMs = FIRST_POLL_AFTER_MS;
    const head = headOrUnknown(source);
    for (const waiter of [...waiters]) if (head > waiter.after) waiter.wake();
  };
  const poll = () => {
    timer = undefined;
    const version = versionOrUnknown(source);
    if (version === seen) pollAfterMs = Math.min(pollAfterMs * BACKOFF, LAST_POLL_AFTER_MS);
    else announce();
    seen = version;
    if (waiters.size > 0) schedule();
  };
  const schedule = () => {
    timer ??= setTimeout(poll, pollAfterMs).unref();
  };

  return {
    announce,
    wait: (after, signal) => {
      // The version is read before the head: what is committed between the two is found by the next poll.
      if (timer === undefined) seen = versionOrUnknown(source);
      if (closed || signal.aborted || headOrUnknown(source) > after) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', wake);
          if (waiters.size === 0) stop();
          resolve();
        };
        const waiter = { after, wake };
        waiters.add(waiter);
        signal.addEventListener('abort', wake);
        schedule();
      });
    },
    close: () => {
      closed = true;
      for (const waiter of [...waiters]) waiter.wake();
    },
  };
}

/** News are a hint: when the file cannot be asked, waiting ends, and the read that follows meets the fault. */
function headOrUnknown(source: NewsSource): bigint {
  try {
    return source.head();
  } catch {
    return BigInt(Number.MAX_SAFE_INTEGER);
  }
}

function versionOrUnknown(source: NewsSource): unknown {
  try {
    return source.dataVersion();
  } catch {
    return Symbol('unknown');
  }
}
