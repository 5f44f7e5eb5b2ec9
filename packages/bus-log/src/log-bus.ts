import { setMaxListeners } from 'node:events';
import {
  Fault,
  type Logger,
  type MessageBus,
  type ReplayProgress,
  type ReplayRequest,
  type Runnable,
} from '@tidemark/core';
import { createFeedBoard, type FeedBoard } from './feed-board.ts';
import { createGroups, type Group } from './groups.ts';
import { checkpointOf, readFeed, serviceOf } from './read-feed.ts';
import type { ReplayWish, Rewind } from './rewind.ts';
import { createTurns } from './turns.ts';

export interface LogBusOptions {
  /** Told which groups wait for a service that has not offered its feed. Silent unless given. */
  readonly log?: Logger;
}

/**
 * The embedded bus: no broker, in one process. Consumers read the publishers' logs through their feeds, and
 * each group keeps its checkpoint in its own store, so that a crash loses nothing and a slow group delays
 * only itself. Members of one group take turns: the next one begins where the one before ended. A replay sets the
 * group's checkpoint back between two pages: old messages come again in their order, new ones behind them.
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
  const groups = createGroups();
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  const assertOpen = () => {
    if (closing.signal.aborted) throw new Fault('STORE_UNAVAILABLE', 'the bus is closed');
  };

  /** Works while it is the group's turn; `close` awaits it. */
  const inTurn = async (
    group: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> => {
    assertOpen();
    const either = AbortSignal.any([signal, closing.signal]);
    const run = turns.take(group, () => work(either), either);
    const settled = run.catch(() => {});
    running.add(settled);
    try {
      await run;
    } finally {
      running.delete(settled);
    }
  };
  const replay = async ({ group, service, from }: ReplayRequest): Promise<ReplayProgress> => {
    assertOpen();
    const { rewind, subscription } = groups.find(group, service);
    const position = 'time' in from ? await positionAt(board, service, from.time) : from.position;
    const begun = new AbortController();
    let progress: ReplayProgress | undefined;
    const wish: ReplayWish = {
      from: position,
      begun: (one) => {
        progress = one;
        begun.abort();
      },
    };
    rewind.ask(wish);
    try {
      // Who reads just now sees it before the next page. Where nobody does, it is our turn.
      const name = checkpointOf(group, service);
      const goBack = async () => {
        await rewind.goOnFrom(await subscription.checkpoints.load(name));
      };
      await inTurn(group, goBack, begun.signal);
    } finally {
      rewind.forget(wish);
    }
    if (progress === undefined) throw new Fault('STORE_UNAVAILABLE', 'the bus is closed');
    return progress;
  };

  return {
    offer: (feed) => {
      assertOpen();
      board.offer(feed);
      return [];
    },
    consume: (subscription): Runnable => {
      const group = groups.join(subscription);
      const work = (signal: AbortSignal) => consumeAll(group, { board, log: options.log }, signal);
      return {
        name: `consumer/${subscription.group}`,
        run: (signal) => inTurn(subscription.group, work, signal),
      };
    },
    replay,
    replays: groups.replays,
    progress: groups.progress,
    close: async () => {
      closing.abort();
      await Promise.all(running);
    },
  };
}

function positionAt(board: FeedBoard, service: string, time: string): Promise<bigint> {
  const feed = board.find(service);
  if (feed !== undefined) return feed.positionAt(time);
  throw new Fault('CONFIGURATION_INVALID', `"${service}" has offered no feed here`);
}

/** Reads the services side by side; when one of them fails, ends the others and rejects. */
async function consumeAll(
  { subscription, rewinds }: Group,
  { board, log }: { readonly board: FeedBoard; readonly log: Logger | undefined },
  signal: AbortSignal,
): Promise<void> {
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  // Each service that is read listens.
  setMaxListeners(0, either);
  const consumeOne = async (service: string, rewind: Rewind): Promise<void> => {
    const { group } = subscription;
    try {
      if (board.find(service) === undefined) log?.debug('waits for a feed', { group, service });
      const feed = await board.await(service, either);
      if (feed !== undefined) await readFeed(feed, { subscription, rewind }, either);
    } catch (error) {
      // After a stop, what was in the hands of `handle` is handed out again at the next start.
      if (!either.aborted) failing.abort(error);
    }
  };
  const services = new Set(subscription.topics.map(serviceOf));
  const mine = [...rewinds].filter(([service]) => services.has(service));
  await Promise.all(mine.map(([service, rewind]) => consumeOne(service, rewind)));
  if (failing.signal.aborted) throw failing.signal.reason;
}
