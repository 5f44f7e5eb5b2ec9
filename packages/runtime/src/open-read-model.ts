import {
  type Clock,
  type Codec,
  type EventReader,
  type FindRequest,
  type FoundPage,
  type Logger,
  type Message,
  type ReadModel,
  type ReadModelEngine,
  type Runnable,
  WHOLE,
} from '@tidemark/core';
import { createProgress } from './progress.ts';
import { createProjector } from './projector.ts';
import type { FailurePolicy } from './retry.ts';

/** Another process may do the work, without a signal to this one. */
const LOOK_AGAIN_MS = 25;

export interface LiveReadModel<Row extends object> {
  /** Keeps it up to date. */
  readonly runnable: Runnable;
  readonly get: (key: string) => Promise<Row | undefined>;
  readonly find: (request: FindRequest) => Promise<FoundPage<Row>>;
  readonly checkpoint: () => Promise<bigint>;
  /** Resolves `true` once it has come as far as `position`; `false` when `signal` aborts before. */
  readonly reached: (position: bigint, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Opens the table of a read model, and what keeps it up to date: run `runnable`, in this process or
 * another. Rows can be read at once, also while nothing runs.
 *
 * @example
 * const list = await openReadModel({ store, readModels, codec, readModel: flightList, onFailure, clock, log });
 * const page = await list.find({ index: 'byStatus', equals: ['departed'], limit: 50 });
 */
export async function openReadModel<Event extends Message, Row extends object>(parts: {
  readonly store: EventReader;
  readonly readModels: ReadModelEngine;
  readonly codec: Codec<Event>;
  readonly readModel: ReadModel<Event, Row>;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<LiveReadModel<Row>> {
  const { store, readModels, codec, readModel, onFailure, clock, log } = parts;
  const { name, version, indexes } = readModel;
  const table = await readModels.open<Row>({ name, version, indexes });
  const progress = createProgress(clock);
  const onProgress = progress.moveTo;
  const checkpoint = (): Promise<bigint> => table.checkpoint(WHOLE);

  const reached = async (position: bigint, signal: AbortSignal): Promise<boolean> => {
    while (position > progress.position()) {
      const stored = await checkpoint();
      progress.moveTo(stored);
      // Who asks for more than there is, for example after a restore, gets all there is.
      if (stored >= position || (await store.head()) <= stored) return true;
      if (signal.aborted) return false;
      await progress.wait(position, LOOK_AGAIN_MS, signal);
    }
    return true;
  };

  return {
    runnable: createProjector({
      store,
      codec,
      readModel,
      table,
      onFailure,
      clock,
      log,
      onProgress,
    }),
    get: table.get,
    find: table.find,
    checkpoint,
    reached,
  };
}
