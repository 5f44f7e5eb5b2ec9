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

/** Connects at the first wait. While nothing listens, the head is asked for, less often the longer it is quiet. */
export function createNews({ listenTo, channel, head }: NewsOptions): News {
  const waiters = new Set<Waiter>();
  let closed = false;
  let known = 0n;
  let timer: NodeJS.Timeout | undefined;
  let askAfterMs = ASK_FIRST_AFTER_MS;

  const announce = (position: bigint): void => {
    if (position <= known) return;
    known = position;
    askAfterMs = ASK_FIRST_AFTER_MS;
    for (const waiter of [...waiters]) if (waiter.after < known) waiter.wake();
  };
  const ask = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // A store that does not answer has no news; readers find out about it by themselves.
    await head().then(announce, () => undefined);
    schedule();
  };
  const schedule = (): void => {
    if (timer !== undefined || waiters.size === 0 || closed) return;
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
          onPayload: (payload) => announce(BigInt(payload)),
          onChange: () => void ask(),
        });
  const waitBehind = (after: bigint, signal: AbortSignal, resolve: () => void): void => {
    const wake = (): void => {
      waiters.delete(waiter);
      signal.removeEventListener('abort', wake);
      if (waiters.size === 0) {
        clearTimeout(timer);
        timer = undefined;
      }
      resolve();
    };
    const waiter: Waiter = { after, wake };
    waiters.add(waiter);
    signal.addEventListener('abort', wake);
    schedule();
  };

  return {
    announce,
    awaitNews: (after, signal) => {
      if (known > after || signal.aborted || closed) return Promise.resolve();
      return new Promise((resolve) => waitBehind(after, signal, resolve));
    },
    close: async () => {
      closed = true;
      for (const waiter of [...waiters]) waiter.wake();
      await listener?.close();
    },
  };
}
