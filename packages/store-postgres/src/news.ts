import type { EventReader } from '@tidemark/core';
import { createListener } from './listener.ts';

/** Wakes those who wait for events: of this process at once, of others by notification or by asking. */
export interface News {
  /** Told after each commit of this process: the position of its last event. */
  readonly announce: (position: bigint) => void;
  readonly awaitNews: EventReader['awaitNews'];
  readonly close: () => Promise<void>;
}

export interface NewsOptions {
  /** Connection string of a server to `LISTEN` on; asks for the head now and then when `undefined`. */
  readonly listenTo: string | undefined;
  /** A plain name. Its notifications carry the position of the last event committed. */
  readonly channel: string;
  readonly head: () => Promise<bigint>;
}

interface Waiter {
  readonly after: bigint;
  readonly wake: () => void;
}

/** A notification is only lost with its connection, so asking is a safety net while one listens. */
const ASK_WHILE_LISTENING_AFTER_MS = 5_000;
const ASK_FIRST_AFTER_MS = 5;
const ASK_AT_LEAST_EACH_MS = 250;
/** Of so many waits that end at once one asks for the head: what is known may be of a log that was put back since. */
const ASK_EACH_WAITS = 16;
const POSITION = /^\d+$/;

/** Connects at the first wait. While nothing listens, the head is asked for, less often the longer it is quiet. */
export function createNews({ listenTo, channel, head }: NewsOptions): News {
  let closed = false;
  let known = 0n;
  let timer: NodeJS.Timeout | undefined;
  let askAfterMs = ASK_FIRST_AFTER_MS;
  let endedAtOnce = 0;

  const stopAsking = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const waiters = createWaiters(stopAsking);
  const announce = (position: bigint): void => {
    if (position <= known) return;
    known = position;
    askAfterMs = ASK_FIRST_AFTER_MS;
    endedAtOnce = 0;
    waiters.wake(known);
  };
  const ask = async (): Promise<void> => {
    stopAsking();
    const before = known;
    // A store that does not answer has no news; readers find out about it by themselves.
    const found = await head().catch(() => before);
    if (found < known && known === before) known = found;
    announce(found);
    waiters.wake(known);
    schedule();
  };
  const schedule = (): void => {
    if (timer !== undefined || waiters.size() === 0 || closed) return;
    listener?.start();
    const quiet = listener?.isListening() ? ASK_WHILE_LISTENING_AFTER_MS : askAfterMs;
    timer = setTimeout(() => void ask(), quiet);
    askAfterMs = Math.min(askAfterMs * 2, ASK_AT_LEAST_EACH_MS);
  };
  const listener =
    listenTo === undefined
      ? undefined
      : createListener({
          connectionString: listenTo,
          channel,
          // Whoever is in the database may notify whatever they like.
          onPayload: (payload) => (POSITION.test(payload) ? announce(BigInt(payload)) : void ask()),
          onChange: () => void ask(),
        });

  return {
    announce,
    awaitNews: (after, signal) => {
      if (signal.aborted || closed) return Promise.resolve();
      if (known > after) {
        endedAtOnce += 1;
        if (endedAtOnce < ASK_EACH_WAITS) return Promise.resolve();
        endedAtOnce = 0;
        // Ends the wait below, unless the log ends before.
        void ask();
      }
      const waiting = waiters.wait(after, signal);
      schedule();
      return waiting;
    },
    close: async () => {
      closed = true;
      waiters.wakeAll();
      await listener?.close();
    },
  };
}

/** `onNone` is called when nobody waits any more. */
function createWaiters(onNone: () => void) {
  const waiters = new Set<Waiter>();
  return {
    size: () => waiters.size,
    wake: (known: bigint): void => {
      for (const waiter of [...waiters]) if (waiter.after < known) waiter.wake();
    },
    wakeAll: (): void => {
      for (const waiter of [...waiters]) waiter.wake();
    },
    wait: (after: bigint, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', wake);
          if (waiters.size === 0) onNone();
          resolve();
        };
        const waiter: Waiter = { after, wake };
        waiters.add(waiter);
        signal.addEventListener('abort', wake);
      }),
  };
}
