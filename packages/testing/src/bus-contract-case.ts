import type {
  BusMessage,
  Checkpoints,
  Feed,
  MessageBus,
  Runnable,
  Subscription,
} from '@tidemark/core';
import { createRelay } from '@tidemark/runtime';
import { TEST_CAUSE, uniqueId } from './event-builders.ts';
import type { ContractCase } from './register-contract.ts';

/** A bus without messages, opened for one case. */
export interface BusSubject {
  readonly bus: MessageBus;
  /** Closes it and removes what it holds. */
  readonly close: () => Promise<void>;
}

export type BusCase = ContractCase<BusSubject>;

/** A service that publishes: its feed is a list in memory. */
export interface TestPublisher {
  readonly feed: Feed;
  /** Puts messages at the end of the feed; `undefined` is an event that says nothing in public. */
  readonly publish: (...messages: readonly (BusMessage | undefined)[]) => void;
  /** How often the feed was read. */
  readonly reads: () => number;
}

/** A service without messages yet. */
export function createTestPublisher(service: string): TestPublisher {
  const log: (BusMessage | undefined)[] = [];
  const listeners = new Set<() => void>();
  let reads = 0;
  const feed: Feed = {
    service,
    read: async ({ after, limit, topics }) => {
      reads += 1;
      const page = log.slice(Number(after), Number(after) + limit);
      const messages = page.filter((one) => one !== undefined && topics.includes(one.topic));
      return { messages: messages as BusMessage[], scannedTo: after + BigInt(page.length) };
    },
    positionAt: async (time) => {
      const found = log.findIndex((one) => one !== undefined && one.time >= time);
      return BigInt(found < 0 ? log.length : found) + 1n;
    },
    awaitNews: (after, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || BigInt(log.length) > after) return resolve();
        const wake = () => {
          listeners.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        listeners.add(wake);
        signal.addEventListener('abort', wake);
      }),
  };
  return {
    feed,
    publish: (...messages) => {
      log.push(...messages);
      for (const wake of [...listeners]) wake();
    },
    reads: () => reads,
  };
}

/** A message with an id of its own. */
export function messageOf(topic: string, key: string, n = 0): BusMessage {
  const time = '2030-01-01T00:00:00.000Z';
  return { id: uniqueId('message'), topic, key, time, data: { n }, cause: TEST_CAUSE };
}

/** Checkpoints in memory. */
export function createTestCheckpoints(): Checkpoints {
  const positions = new Map<string, bigint>();
  return {
    load: async (name) => positions.get(name) ?? 0n,
    save: async (name, position) => {
      positions.set(name, position);
    },
  };
}

/** Everything a consumer was given, and a promise of more. */
export interface Collector {
  readonly messages: readonly BusMessage[];
  readonly handle: Subscription['handle'];
  /** Resolves once that many different messages have come. */
  readonly until: (count: number) => Promise<void>;
  /** The ids, each where it came first. */
  readonly ids: () => readonly string[];
}

/** Collects what it is given; `first` runs before and may reject. */
export function createCollector(first: Subscription['handle'] = async () => {}): Collector {
  const messages: BusMessage[] = [];
  const waiting = new Set<() => void>();
  const ids = () => [...new Set(messages.map(({ id }) => id))];
  return {
    messages,
    handle: async (batch) => {
      await first(batch);
      messages.push(...batch);
      for (const check of [...waiting]) check();
    },
    until: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (ids().length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    ids,
  };
}

/** What runs during a case. */
export interface Running {
  /** Runs it until `stop`; started again at once when it rejects, as a supervisor would. */
  readonly start: (...runnables: readonly Runnable[]) => void;
  /** Offers a feed, with a relay for a bus that needs one, and runs what has to run. */
  readonly offer: (bus: MessageBus, publisher: TestPublisher, topics: readonly string[]) => void;
  /** Resolves when all have ended. */
  readonly stop: () => Promise<void>;
}

/** Nothing is running yet. */
export function createRunning(): Running {
  const stopping = new AbortController();
  const ended: Promise<void>[] = [];
  const keep = async (runnable: Runnable): Promise<void> => {
    // A turn between, so that one which fails at once leaves room for everything else.
    while (!stopping.signal.aborted) await runnable.run(stopping.signal).catch(turnOfTheLoop);
  };
  const start = (...runnables: readonly Runnable[]) => {
    ended.push(...runnables.map(keep));
  };
  return {
    start,
    offer: (bus, { feed }, topics) => {
      const checkpoints = createTestCheckpoints();
      start(...bus.offer(feed, (publish) => createRelay({ feed, topics, publish, checkpoints })));
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(ended);
    },
  };
}

/** Runs the work of a case and ends what it started, whatever comes of it. */
export async function whileRunning(work: (running: Running) => Promise<void>): Promise<void> {
  const running = createRunning();
  try {
    await work(running);
  } finally {
    await running.stop();
  }
}

/** A promise, and what settles it. */
export function createGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
