import type { BusMessage, Checkpoints, Feed, Runnable } from '@tidemark/core';

const EVENTS_PER_PAGE = 500;

/**
 * Publishes a feed to a broker, with the checkpoint `relay/<service>`. The checkpoint moves only after
 * the broker has confirmed, so a crash repeats messages and never loses one. Rejects when the broker or
 * the store fails; started again, it goes on from the checkpoint.
 *
 * @example
 * const relay = createRelay({ feed, topics, publish, checkpoints: readModels.checkpoints });
 */
export function createRelay(parts: {
  readonly feed: Feed;
  readonly topics: readonly string[];
  readonly publish: (batch: readonly BusMessage[]) => Promise<void>;
  readonly checkpoints: Checkpoints;
}): Runnable {
  const { feed, topics, publish, checkpoints } = parts;
  const name = `relay/${feed.service}`;

  const run = async (signal: AbortSignal): Promise<void> => {
    let after = await checkpoints.load(name);
    while (!signal.aborted) {
      const page = await feed.read({ after, limit: EVENTS_PER_PAGE, topics });
      if (page.scannedTo === after) {
        await feed.awaitNews(after, signal);
        continue;
      }
      if (page.messages.length > 0) await publish(page.messages);
      await checkpoints.save(name, page.scannedTo);
      after = page.scannedTo;
    }
  };

  return {
    name,
    run: async (signal) => {
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
