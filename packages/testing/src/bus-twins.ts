import type { BusMessage, Feed, MessageBus, Subscription } from '@tidemark/core';
import { aborted, never } from './leases-contract-case.ts';
import type { Twin } from './twins.ts';

/** What a broken bus does instead. */
export type BreakBus = (bus: MessageBus) => Partial<MessageBus>;

const WHOLE = 'messages of the subscribed topics arrive whole and in order, others do not';
const LATE_FEED = 'a feed that is offered after its consumers have started is picked up';
const SIDE_BY_SIDE = 'a group hears several services side by side';
const IN_ORDER = 'messages of one key arrive in the order they were published, over many pages';
const EVERY_GROUP = 'every group gets every message';
const SLOW = 'a slow group delays only itself';
const OVERTAKES =
  'messages whose handling failed come again, and nothing of their key overtakes them';
const NOT_LOST = 'a message is not lost when handling fails and nothing else is published';
const GOES_ON = 'a consumer that was stopped goes on with what was published meanwhile';
const IN_HAND = 'what was in hand when the consumer stopped, and failed, comes again';
const ENDS = 'a consumer ends cleanly when told to stop, also before any feed was offered';

type Handle = Subscription['handle'];

/** Changes how messages are handed over. Made anew for each group. */
const handing =
  (change: (handle: Handle) => Handle): BreakBus =>
  (bus) => ({
    consume: (subscription) =>
      bus.consume({ ...subscription, handle: change(subscription.handle) }),
  });

/** Changes every feed that is offered. */
const feeds =
  (change: (feed: Feed) => Partial<Feed>): BreakBus =>
  (bus) => ({ offer: (feed, relay) => bus.offer({ ...feed, ...change(feed) }, relay) });

/** Waits for the one before, whoever it was. */
function createQueue(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

const deliveryTwins: readonly Twin<BreakBus>[] = [
  {
    broken: 'hands over every topic of a service',
    sabotage: feeds((feed) => ({
      read: (page) => feed.read({ ...page, topics: Object.assign([], { includes: () => true }) }),
    })),
    caughtBy: [WHOLE],
  },
  {
    broken: 'loses the cause of messages',
    sabotage: handing(
      (handle) => (messages) =>
        handle(messages.map((one) => ({ ...one, cause: { ...one.cause, actor: 'bus' } }))),
    ),
    caughtBy: [WHOLE, EVERY_GROUP],
  },
  {
    broken: 'hands over the newest first',
    sabotage: handing((handle) => (messages) => handle([...messages].reverse())),
    caughtBy: [IN_ORDER, EVERY_GROUP],
  },
  {
    broken: 'gives each message of a page to another worker',
    sabotage: handing((handle) => async (messages) => {
      const delayed = messages.map(async (message, n) => {
        for (let turn = n % 3; turn > 0; turn -= 1) await new Promise((go) => setImmediate(go));
        await handle([message]);
      });
      await Promise.all(delayed);
    }),
    caughtBy: [IN_ORDER, EVERY_GROUP],
  },
  {
    broken: 'hands over the first hundred of a page',
    sabotage: handing((handle) => (messages) => handle(messages.slice(0, 100))),
    caughtBy: [IN_ORDER],
  },
  {
    broken: 'knows the feeds only that were there when it started',
    sabotage: (bus) => {
      const offered = new Set<string>();
      return {
        offer: (feed, relay) => {
          offered.add(feed.service);
          return bus.offer(feed, relay);
        },
        consume: (subscription) => {
          const { name } = bus.consume(subscription);
          const run = (signal: AbortSignal) => {
            const topics = subscription.topics.filter((one) =>
              offered.has(one.split('.')[0] ?? ''),
            );
            if (topics.length === 0) return aborted(signal);
            return bus.consume({ ...subscription, topics }).run(signal);
          };
          return { name, run };
        },
      };
    },
    caughtBy: [LATE_FEED],
  },
  {
    broken: 'hears one service after the other',
    sabotage: handing((handle) => {
      const queue = createQueue();
      return (messages) => queue(() => handle(messages));
    }),
    caughtBy: [SIDE_BY_SIDE],
  },
  {
    broken: 'hands over to one group after the other',
    sabotage: (bus) => {
      const queue = createQueue();
      return handing((handle) => (messages) => queue(() => handle(messages)))(bus);
    },
    caughtBy: [SLOW, SIDE_BY_SIDE],
  },
  {
    broken: 'takes all groups for one',
    sabotage: (bus) => ({
      consume: (subscription) => bus.consume({ ...subscription, group: 'all' }),
    }),
    caughtBy: [SLOW, EVERY_GROUP],
  },
];

const recoveryTwins: readonly Twin<BreakBus>[] = [
  {
    broken: 'saves the checkpoint before it hands over',
    sabotage: (bus) => {
      const noted = (subscription: Subscription): Handle => {
        const { checkpoints, handle, group } = subscription;
        let seen = 0n;
        return async (messages) => {
          seen += BigInt(messages.length);
          await checkpoints.save(`${group}/${messages[0]?.topic.split('.')[0]}`, seen);
          await handle(messages);
        };
      };
      return {
        consume: (subscription) => bus.consume({ ...subscription, handle: noted(subscription) }),
      };
    },
    caughtBy: [NOT_LOST, IN_HAND],
  },
  {
    broken: 'takes messages for done whatever became of them',
    sabotage: handing((handle) => (messages) => handle(messages).catch(() => undefined)),
    caughtBy: [OVERTAKES, NOT_LOST, IN_HAND],
  },
  {
    broken: 'goes on behind a message that failed, and tries it again later',
    sabotage: handing((handle) => async (messages) => {
      const failed: BusMessage[] = [];
      for (const message of messages) {
        await handle([message]).catch(() => failed.push(message));
      }
      while (failed.length > 0) {
        await handle(failed).then(
          () => failed.splice(0),
          () => new Promise((next) => setImmediate(next)),
        );
      }
    }),
    caughtBy: [OVERTAKES],
  },
  {
    broken: 'hears only what is published while it listens',
    sabotage: (bus) => {
      const offered = new Map<string, Feed>();
      const skip = async ({ group, topics, checkpoints }: Subscription): Promise<void> => {
        for (const feed of offered.values()) {
          const { scannedTo } = await feed.read({ after: 0n, limit: 10_000, topics });
          await checkpoints.save(`${group}/${feed.service}`, scannedTo);
        }
      };
      return {
        offer: (feed, relay) => {
          offered.set(feed.service, feed);
          return bus.offer(feed, relay);
        },
        consume: (subscription) => {
          const { name, run } = bus.consume(subscription);
          return { name, run: (signal) => skip(subscription).then(() => run(signal)) };
        },
      };
    },
    caughtBy: [GOES_ON],
  },
  {
    broken: 'does not hear that it is to stop while it waits for a feed',
    sabotage: (bus) => ({
      consume: (subscription) => {
        const { name, run } = bus.consume(subscription);
        return { name, run: () => run(never()) };
      },
    }),
    caughtBy: [ENDS],
  },
  {
    broken: 'ends with a fault when it is told to stop',
    sabotage: (bus) => ({
      consume: (subscription) => {
        const { name, run } = bus.consume(subscription);
        return {
          name,
          run: async (signal) => {
            await run(signal);
            signal.throwIfAborted();
          },
        };
      },
    }),
    caughtBy: [ENDS],
  },
];

/** The mistakes that the contract of a message bus must notice: one entry each. */
export const busTwins: readonly Twin<BreakBus>[] = [...deliveryTwins, ...recoveryTwins];
