import type { EventEngine, EventStore } from '@tidemark/core';
import { createCoalescingWriter } from './coalescing-writer.ts';
import { createRecentEvents } from './recent-events.ts';

const MAX_BATCH_EVENTS = 1_000;

/**
 * Makes the store that services write through: the engine's reads, those that follow the log shared, and its
 * `commit` behind the coalescing writer. `maxBatchEvents` bounds the events of one commit, 1 or more, 1,000 unless given;
 * a larger append is a batch of its own. Closing stays with the engine.
 *
 * @example
 * const store = createEventStore(createMemoryEventEngine());
 */
export function createEventStore(
  engine: EventEngine,
  options: { readonly maxBatchEvents?: number } = {},
): EventStore {
  return {
    append: createCoalescingWriter(engine, options.maxBatchEvents ?? MAX_BATCH_EVENTS),
    readStream: engine.readStream,
    readLog: createRecentEvents(engine.readLog),
    head: engine.head,
    findCommand: engine.findCommand,
    awaitNews: engine.awaitNews,
    ...(engine.verify === undefined ? {} : { verify: engine.verify }),
  };
}
