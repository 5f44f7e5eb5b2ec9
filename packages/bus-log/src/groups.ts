import { Fault, type ReplayProgress, type Subscription } from '@tidemark/core';
import { checkpointOf, serviceOf } from './read-feed.ts';
import { createRewind, type Rewind } from './rewind.ts';

/** A consumer group of this process, whoever of its members is at work. */
export interface Group {
  readonly subscription: Subscription;
  /** By service whose messages it gets. */
  readonly rewinds: ReadonlyMap<string, Rewind>;
}

/** The groups of this process. */
export interface Groups {
  /** Takes a group in; members of one group share what is known of it. */
  readonly join: (subscription: Subscription) => Group;
  readonly progress: (group: string) => Promise<ReadonlyMap<string, bigint>>;
  readonly replays: (group: string) => readonly ReplayProgress[];
  /** @throws CONFIGURATION_INVALID when there is no such group, or it does not listen to that service. */
  readonly find: (
    group: string,
    service: string,
  ) => { readonly rewind: Rewind; readonly subscription: Subscription };
}

/** No group yet. */
export function createGroups(): Groups {
  const groups = new Map<string, Group>();

  return {
    join: (subscription) => {
      const { group: name, topics } = subscription;
      const known = groups.get(name);
      const rewinds = new Map(known?.rewinds);
      for (const service of new Set(topics.map(serviceOf))) {
        if (rewinds.has(service)) continue;
        const checkpoints = () => (groups.get(name) as Group).subscription.checkpoints;
        rewinds.set(service, createRewind(service, checkpointOf(name, service), checkpoints));
      }
      const group = { subscription, rewinds };
      groups.set(name, group);
      return group;
    },
    progress: async (name) => {
      const reached = new Map<string, bigint>();
      const { subscription, rewinds } = groups.get(name) ?? {};
      for (const service of rewinds?.keys() ?? []) {
        const position = await subscription?.checkpoints.load(checkpointOf(name, service));
        reached.set(service, position ?? 0n);
      }
      return reached;
    },
    replays: (name) =>
      [...(groups.get(name)?.rewinds.values() ?? [])].flatMap((rewind) => rewind.progress() ?? []),
    find: (name, service) => {
      const { subscription, rewinds } = groups.get(name) ?? {};
      const rewind = rewinds?.get(service);
      if (rewind !== undefined && subscription !== undefined) return { rewind, subscription };
      throw new Fault(
        'CONFIGURATION_INVALID',
        `no group "${name}" listens to "${service}" in this process`,
      );
    },
  };
}
