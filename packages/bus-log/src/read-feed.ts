import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Feed, Subscription } from '@tidemark/core';
import type { Rewind } from './rewind.ts';

const MESSAGES_PER_PAGE = 500;

/**
 * Hands a feed to a consumer group, page by page from the group's checkpoint `<group>/<service>`, until
 * `signal` aborts. The checkpoint moves after `handle` has resolved, so that a crash repeats a page and
 * never loses one; it moves back when `rewind` says so. Rejects when `handle`, the feed or the checkpoints do.
 */
export async function readFeed(
  feed: Feed,
  { subscription, rewind }: { readonly subscription: Subscription; readonly rewind: Rewind },
  signal: AbortSignal,
): Promise<void> {
  const { checkpoints, handle } = subscription;
  const topics = subscription.topics.filter((topic) => serviceOf(topic) === feed.service);
  const name = checkpointOf(subscription.group, feed.service);
  let after = await checkpoints.load(name);
  while (!signal.aborted) {
    after = await rewind.goOnFrom(after);
    const page = await feed.read({ after, limit: MESSAGES_PER_PAGE, topics });
    if (page.messages.length > 0) await handle(page.messages);
    if (page.scannedTo > after) {
      await checkpoints.save(name, page.scannedTo);
      after = page.scannedTo;
      rewind.handled(page.messages.length, after);
    } else {
      const from = after;
      await rewind.nap((woken) => feed.awaitNews(from, woken), signal);
    }
    // A group that is far behind must leave room for everything else in this process.
    await turnOfTheLoop();
  }
}

/** The service that publishes a topic: what stands before the first dot. */
export function serviceOf(topic: string): string {
  const dot = topic.indexOf('.');
  return dot < 0 ? topic : topic.slice(0, dot);
}

/** Name of the checkpoint of a group with a service. */
export function checkpointOf(group: string, service: string): string {
  return `${group}/${service}`;
}
