import type { EventEngine, EventStore } from '@tidemark/core';
import { createCoalescingWriter } from './coalescing-writer.ts';
import { createRecentEvents } from './recent-events.ts';

const MAX_BATCH_EVENTS = 1_000;

/**
 * Makes the store that services write through: the engine's reads, of which those that follow the log are shared and
 * learn of own commits, and its `commit` behind the coalescing writer. `maxBatchEvents` bounds the events of one
 * commit, 1 or more, 1,000 unless given; a larger append is a batch of its own. Closing stays with the engine.
 *
 * @example
 * const store = createEventStore(createMemoryEventEngine());
 */
export function createEventStore(
  engine: EventEngine,
  options: { readonly maxBatchEvents?: number } = {},
): EventStore {
  const recent = createRecentEvents(engine.readLog);
  const { capabilities } = engine;
  const commit: EventEngine['commit'] = (batch) => engine.commit(batch, recent.learner());
  return {
    append: createCoalescingWriter(
      { capabilities, commit },
      options.maxBatchEvents ?? MAX_BATCH_EVENTS,
    ),
    readStream: engine.readStream,
    readLog: recent.readLog,
    head: engine.head,
    findCommand: engine.findCommand,
    awaitNews: engine.awaitNews,
    ...(engine.verify === undefined ? {} : { verify: engine.verify }),
  };
}
