import {
  Fault,
  type Logger,
  type MessageBus,
  type Runnable,
  type Subscription,
} from '@tidemark/core';
import { createFeedBoard, type FeedBoard } from './feed-board.ts';
import { readFeed, serviceOf } from './read-feed.ts';
import { createTurns } from './turns.ts';

export interface LogBusOptions {
  /** Told which groups wait for a service that has not offered its feed. Silent unless given. */
  readonly log?: Logger;
}

/**
 * The embedded bus: no broker, in one process. Consumers read the publishers' logs through their feeds, and
 * each group keeps its checkpoint in its own store, so that a crash loses nothing and a slow group delays
 * only itself. Members of one group take turns: the next one begins where the one before ended.
 *
 * `run` of a consumer rejects when its `handle` does; started again, it gets the same messages again.
 *
 * @example
 * const bus = createLogBus();
 * bus.offer(feed, relay);
 * await bus.consume({ group: 'passengers', topics, checkpoints, handle }).run(signal);
 */
export function createLogBus(options: LogBusOptions = {}): MessageBus {
  const board = createFeedBoard();
  const turns = createTurns();
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  const assertOpen = () => {
    if (closing.signal.aborted) throw new Fault('STORE_UNAVAILABLE', 'the bus is closed');
  };

  const run = async (subscription: Subscription, signal: AbortSignal): Promise<void> => {
    assertOpen();
    const either = AbortSignal.any([signal, closing.signal]);
    const work = () => consumeAll(subscription, { board, log: options.log }, either);
    const run = turns.take(subscription.group, work, either);
    const settled = run.catch(() => {});
    running.add(settled);
    try {
      await run;
    } finally {
      running.delete(settled);
    }
  };

  return {
    offer: (feed) => {
      assertOpen();
      board.offer(feed);
      return [];
    },
    consume: (subscription): Runnable => ({
      name: `consumer/${subscription.group}`,
      run: (signal) => run(subscription, signal),
    }),
    close: async () => {
      closing.abort();
      await Promise.all(running);
    },
  };
}

/** Reads the services side by side; when one of them fails, ends the others and rejects. */
async function consumeAll(
  subscription: Subscription,
  { board, log }: { readonly board: FeedBoard; readonly log: Logger | undefined },
  signal: AbortSignal,
): Promise<void> {
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  const services = [...new Set(subscription.topics.map(serviceOf))];
  const consumeOne = async (service: string): Promise<void> => {
    const { group } = subscription;
    try {
      if (board.find(service) === undefined) log?.debug('waits for a feed', { group, service });
      const feed = await board.await(service, either);
      if (feed !== undefined) await readFeed(feed, subscription, either);
    } catch (error) {
      // After a stop, what was in the hands of `handle` is handed out again at the next start.
      if (!either.aborted) failing.abort(error);
    }
  };
  await Promise.all(services.map(consumeOne));
  if (failing.signal.aborted) throw failing.signal.reason;
}
