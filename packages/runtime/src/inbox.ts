import type {
  BusMessage,
  Checkpoints,
  Clock,
  JsonObject,
  Logger,
  MessageBus,
  ParkedItem,
  Parking,
  Runnable,
} from '@tidemark/core';
import { type Aside, createAside } from './aside.ts';
import { describeError } from './describe-error.ts';
import { createLanes } from './lanes.ts';
import type { OperableConsumer } from './operations.ts';
import { createParkedMessages } from './parked-messages.ts';
import { type FailurePolicy, retry } from './retry.ts';

const KEYS_SIDE_BY_SIDE = 64;

/** Runs, and shows operators what it set aside. */
export type Inbox = Runnable & OperableConsumer;

interface InboxParts {
  readonly bus: MessageBus;
  readonly group: string;
  readonly topics: readonly string[];
  readonly checkpoints: Checkpoints;
  readonly handle: (message: BusMessage) => Promise<void>;
  /**
   * Handles many at once, in their order for each key, where that is cheaper. When it rejects, they are handled one by
   * one, also those that it had done. Left out: always one by one.
   */
  readonly handleTogether?: (messages: readonly BusMessage[]) => Promise<void>;
  /** Told of what the bus handed over once all of it is handled or set aside. */
  readonly onDone?: (messages: readonly BusMessage[]) => void;
  readonly onFailure: FailurePolicy;
  /** Needed to park. */
  readonly parking?: Parking;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Hands each message to `handle`: in order for each key, different keys side by side, retried by policy.
 * Messages come at least once: `handle` must drop repeats, by using the message id as command id. When the
 * retries are used up, the message is parked with its key: what follows for the key waits behind it, in its order, and
 * everything else goes on. It is on stable storage before the bus is told that it is done. Where the policy is to
 * stop, the rest of that key is not handed out, and the bus is told that the batch failed.
 *
 * @throws CAPABILITY_MISSING when the policy is to park and there is no `parking`.
 *
 * @example
 * const inbox = createInbox({ bus, group: 'passengers', topics, checkpoints, parking, handle, onFailure, clock, log });
 */
export function createInbox(parts: InboxParts): Inbox {
  const { bus, group, topics, checkpoints, clock, parking } = parts;
  const name = `inbox/${group}`;
  const log = parts.log.with({ group });
  const aside = createAside({ parking, reader: name, policy: parts.onFailure, clock, log });
  // The bus hands out messages only while its runnable runs; this is the signal of that run.
  let stop = new AbortController().signal;

  const handleOne = (message: BusMessage): Promise<void> =>
    retry(() => parts.handle(message), {
      policy: parts.onFailure,
      clock,
      signal: stop,
      onRetry: (error, failures) => {
        const { id, topic } = message;
        const fields = { id, topic, failures, error: describeError(error) };
        log.warn('message failed, trying again', fields);
      },
    });
  const handle = createBatchHandler({ ...parts, aside, handleOne, stopped: () => stop.aborted });
  const consumer = bus.consume({ group, topics, checkpoints, handle });

  return {
    name,
    run: (signal) => {
      stop = signal;
      return consumer.run(signal);
    },
    checkpoints: async () =>
      [...(await bus.progress(group))].map(([service, position]) => ({ service, position })),
    parked: createParkedMessages({
      ...{ parking, reader: name },
      summaryOf: (item) => ({ type: messageOf(item).topic, time: messageOf(item).time }),
      read: async (item) => messageOf(item),
      handle: (item) => parts.handle(messageOf(item)),
    }),
    replays: {
      begin: (request) => bus.replay({ group, ...request }),
      progress: () => bus.replays(group),
    },
  };
}

interface BatchParts extends Pick<InboxParts, 'handleTogether' | 'onDone'> {
  readonly aside: Aside;
  readonly handleOne: (message: BusMessage) => Promise<void>;
  readonly stopped: () => boolean;
}

/** What the bus hands over: done when all of it is handled or set aside; else it is handed over again. */
function createBatchHandler(parts: BatchParts): (messages: readonly BusMessage[]) => Promise<void> {
  const { handleTogether, onDone } = parts;
  const keys = createLanes(KEYS_SIDE_BY_SIDE);
  const batches = createLanes(1);

  const oneByOne = async (messages: readonly BusMessage[]): Promise<void> => {
    const work = [...groupByKey(messages)].map(([key, ofKey]) =>
      keys.run(key, () => handleKey(parts, key, ofKey)),
    );
    const ended = await Promise.allSettled(work);
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  if (handleTogether === undefined) {
    return async (messages) => {
      await oneByOne(messages);
      onDone?.(messages);
    };
  }
  // A batch that is handled together must not overtake one before it that is handled by key.
  return (messages) =>
    batches.run('all', async () => {
      const left = await handleFree(parts, handleTogether, messages);
      await oneByOne(left);
      onDone?.(messages);
    });
}

/** Handles together what is not parked. Answers what is left to be handled one by one. */
async function handleFree(
  { aside, stopped }: BatchParts,
  handleTogether: (messages: readonly BusMessage[]) => Promise<void>,
  messages: readonly BusMessage[],
): Promise<readonly BusMessage[]> {
  const parked = await aside.parkedAmong([...new Set(messages.map(({ key }) => key))]);
  const free = messages.filter(({ key }) => !parked.has(key));
  try {
    if (free.length > 0) await handleTogether(free);
  } catch (error) {
    if (stopped()) throw error;
    return messages;
  }
  return messages.filter(({ key }) => parked.has(key));
}

async function handleKey(
  { aside, handleOne, stopped }: BatchParts,
  key: string,
  messages: readonly BusMessage[],
): Promise<void> {
  if (await aside.wait(key, () => messages.map(itemOf))) return;
  for (const [place, message] of messages.entries()) {
    // What was not begun comes again too.
    if (stopped()) throw new Error('stopped before all messages were handled');
    try {
      await handleOne(message);
    } catch (error) {
      // What is in hand at a stop comes again.
      if (stopped()) throw error;
      return aside.giveUp(key, messages.slice(place).map(itemOf), error);
    }
  }
}

function itemOf(message: BusMessage): ParkedItem {
  return { id: message.id, body: { ...message } };
}

function messageOf({ body }: ParkedItem): BusMessage {
  return body as JsonObject & BusMessage;
}

function groupByKey(messages: readonly BusMessage[]): ReadonlyMap<string, BusMessage[]> {
  const groups = new Map<string, BusMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.key);
    if (group === undefined) groups.set(message.key, [message]);
    else group.push(message);
  }
  return groups;
}
