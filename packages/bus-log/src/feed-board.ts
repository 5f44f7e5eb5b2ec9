import { Fault, type Feed } from '@tidemark/core';

/** Where services put up their feeds and consumers find them, whoever comes first. */
export interface FeedBoard {
  /** @throws CONFIGURATION_INVALID when that service has offered one. */
  readonly offer: (feed: Feed) => void;
  readonly find: (service: string) => Feed | undefined;
  /** The feed of a service, as soon as there is one; `undefined` when `signal` aborts before. Never rejects. */
  readonly await: (service: string, signal: AbortSignal) => Promise<Feed | undefined>;
}

/** An empty board. */
export function createFeedBoard(): FeedBoard {
  const feeds = new Map<string, Feed>();
  const waiting = new Map<string, Set<() => void>>();

  const awaitFeed = (service: string, signal: AbortSignal): Promise<Feed | undefined> =>
    new Promise((resolve) => {
      const found = feeds.get(service);
      if (found !== undefined || signal.aborted) return resolve(found);
      const waiters = waiting.get(service) ?? new Set();
      waiting.set(service, waiters);
      const wake = () => {
        waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve(feeds.get(service));
      };
      waiters.add(wake);
      signal.addEventListener('abort', wake);
    });

  return {
    offer: (feed) => {
      if (feeds.has(feed.service)) {
        throw new Fault('CONFIGURATION_INVALID', `"${feed.service}" has offered a feed before`);
      }
      feeds.set(feed.service, feed);
      for (const wake of [...(waiting.get(feed.service) ?? [])]) wake();
    },
    find: (service) => feeds.get(service),
    await: awaitFeed,
  };
}
