import type { BusMessage, Checkpoints, Clock, Logger, MessageBus, Runnable } from '@tidemark/core';
import { describeError } from './describe-error.ts';
import { createLanes } from './lanes.ts';
import { type FailurePolicy, retry } from './retry.ts';

const KEYS_SIDE_BY_SIDE = 64;

/**
 * Hands each message to `handle`: in order for each key, different keys side by side, retried by policy.
 * Messages come at least once: `handle` must drop repeats, by using the message id as command id. When the
 * retries are used up, the rest of that key is not handed out, and the bus is told that the batch failed.
 *
 * @example
 * const inbox = createInbox({ bus, group: 'passengers', topics, checkpoints, handle, onFailure, clock, log });
 */
export function createInbox(parts: {
  readonly bus: MessageBus;
  readonly group: string;
  readonly topics: readonly string[];
  readonly checkpoints: Checkpoints;
  readonly handle: (message: BusMessage) => Promise<void>;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
}): Runnable {
  const { bus, group, topics, checkpoints, clock } = parts;
  const log = parts.log.with({ group });
  const lanes = createLanes(KEYS_SIDE_BY_SIDE);
  // The bus hands out messages only while its runnable runs; this is the signal of that run.
  let stop = new AbortController().signal;

  const handleOne = (message: BusMessage): Promise<void> =>
    retry(() => parts.handle(message), {
      policy: parts.onFailure,
      clock,
      signal: stop,
      onRetry: (error, failures) => {
        const { id, topic } = message;
        log.warn('message failed, trying again', {
          id,
          topic,
          failures,
          error: describeError(error),
        });
      },
    });
  const handleKey = async (messages: readonly BusMessage[]): Promise<void> => {
    for (const message of messages) await handleOne(message);
  };
  const consumer = bus.consume({
    group,
    topics,
    checkpoints,
    handle: async (messages) => {
      const work = [...groupByKey(messages)].map(([key, ofKey]) =>
        lanes.run(key, () => handleKey(ofKey)),
      );
      const ended = await Promise.allSettled(work);
      const failed = ended.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  });

  return {
    name: `inbox/${group}`,
    run: (signal) => {
      stop = signal;
      return consumer.run(signal);
    },
  };
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
