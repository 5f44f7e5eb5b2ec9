import type { BusMessage, ReplayRequest, Subscription } from '@tidemark/core';
import type { BreakBus } from './bus-twins.ts';
import type { Twin } from './twins.ts';

const WHOLE =
  'old messages come again whole, under their ids and in order, to one group and no other';
const POSITION = 'a replay begins with the message at the position that is asked for';
const TIME =
  'a replay begins with the first message recorded at the time that is asked for, or later';
const BEHIND = 'new messages of a key come behind the old ones that are fed again';
const MIDDLE = 'a group that is in the middle of a message is fed again behind it';
const AHEAD = 'a replay of what a group has not come to yet leaves nothing out';
const TELLS = 'a replay tells how far it has come';
const REFUSED = 'a replay for a group, or of a service, that is not there is refused';

/** Changes what is asked for. */
const asking =
  (change: (request: ReplayRequest) => ReplayRequest): BreakBus =>
  (bus) => ({ replay: (request) => bus.replay(change(request)) });

/** Changes messages that come again. */
const again =
  (change: (message: BusMessage) => BusMessage): BreakBus =>
  (bus) => ({
    consume: (subscription) => {
      const seen = new Set<string>();
      const changed = (one: BusMessage) => {
        const repeated = seen.has(one.id);
        seen.add(one.id);
        return repeated ? change(one) : one;
      };
      const handle: Subscription['handle'] = (messages) =>
        subscription.handle(messages.map(changed));
      return bus.consume({ ...subscription, handle });
    },
  });

const done = { from: 1n, upTo: 0n, position: 0n, messages: 0, done: true };

/** Ways in which a bus feeds old messages wrongly. */
export const busReplayTwins: readonly Twin<BreakBus>[] = [
  {
    broken: 'gives old messages new ids',
    sabotage: again((message) => ({ ...message, id: `${message.id} again` })),
    caughtBy: [WHOLE],
  },
  {
    broken: 'feeds old messages to all groups',
    sabotage: (bus) => {
      const groups = new Set<string>();
      return {
        consume: (subscription) => {
          groups.add(subscription.group);
          return bus.consume(subscription);
        },
        replay: async (request) => {
          const all = [...groups].map((group) => bus.replay({ ...request, group }));
          return (await Promise.all(all))[0] ?? { ...request, ...done };
        },
      };
    },
    caughtBy: [WHOLE],
  },
  {
    broken: 'takes the position for what has been read',
    sabotage: asking((request) =>
      'time' in request.from
        ? request
        : { ...request, from: { position: request.from.position + 1n } },
    ),
    caughtBy: [POSITION, WHOLE],
  },
  {
    broken: 'feeds everything again, whatever is asked for',
    sabotage: asking((request) => ({ ...request, from: { position: 1n } })),
    caughtBy: [POSITION, TIME, TELLS],
  },
  {
    broken: 'begins a second too late',
    sabotage: asking((request) => {
      if ('position' in request.from) return request;
      const time = new Date(Date.parse(request.from.time) + 1_000).toISOString();
      return { ...request, from: { time } };
    }),
    caughtBy: [TIME],
  },
  {
    broken: 'feeds old messages behind the new ones',
    sabotage: (bus) => ({
      replay: async (request) => {
        setTimeout(() => void bus.replay(request), 5);
        return { ...request, ...done };
      },
    }),
    caughtBy: [BEHIND],
  },
  {
    broken: 'forgets a replay that is asked for in the middle of a message',
    sabotage: (bus) => {
      let atWork = 0;
      return {
        consume: (subscription) =>
          bus.consume({
            ...subscription,
            handle: async (messages) => {
              atWork += 1;
              await subscription.handle(messages).finally(() => {
                atWork -= 1;
              });
            },
          }),
        replay: async (request) => (atWork > 0 ? { ...request, ...done } : bus.replay(request)),
      };
    },
    caughtBy: [MIDDLE],
  },
  {
    broken: 'sets the checkpoint to where the replay begins, also forward',
    sabotage: (bus) => {
      const subscriptions = new Map<string, Subscription>();
      return {
        consume: (subscription) => {
          subscriptions.set(subscription.group, subscription);
          return bus.consume(subscription);
        },
        replay: async (request) => {
          const { group, service, from } = request;
          if ('time' in from) return bus.replay(request);
          const { checkpoints } = subscriptions.get(group) ?? {};
          await checkpoints?.save(`${group}/${service}`, from.position - 1n);
          return { ...request, ...done };
        },
      };
    },
    caughtBy: [AHEAD, WHOLE],
  },
  {
    broken: 'keeps to itself how far a replay has come',
    sabotage: () => ({ replays: () => [] }),
    caughtBy: [TELLS],
  },
  {
    broken: 'answers that a replay is done before it has begun',
    sabotage: (bus) => ({
      replays: (group) => bus.replays(group).map((one) => ({ ...one, ...done })),
    }),
    caughtBy: [TELLS],
  },
  {
    broken: 'accepts a replay for nobody',
    sabotage: (bus) => ({
      replay: (request) => bus.replay(request).catch(() => ({ ...request, ...done })),
    }),
    caughtBy: [REFUSED],
  },
];
