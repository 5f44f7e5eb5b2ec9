import {
  type Clock,
  type Codec,
  type EventReader,
  Fault,
  type FindRequest,
  type FoundPage,
  type Logger,
  type Message,
  type ReadModel,
  type ReadModelEngine,
  type ReadModelTable,
  type Runnable,
} from '@tidemark/core';
import { createParkedRows, type ParkedRows } from './parked-rows.ts';
import { createProgress } from './progress.ts';
import { createProjector, lowestOf } from './projector.ts';
import { divisionOf } from './read-model-slice.ts';
import type { ReadModelFailurePolicy } from './retry.ts';

/** Another process may do the work, without a signal to this one. */
const LOOK_AGAIN_MS = 25;

export interface LiveReadModel<Row extends object> {
  /** Keeps it up to date. */
  readonly runnable: Runnable;
  readonly get: (key: string) => Promise<Row | undefined>;
  readonly find: (request: FindRequest) => Promise<FoundPage<Row>>;
  /** The position up to which all rows have come: the lowest of the slices. */
  readonly checkpoint: () => Promise<bigint>;
  /** Resolves `true` once it has come as far as `position`; `false` when `signal` aborts before. */
  readonly reached: (position: bigint, signal: AbortSignal) => Promise<boolean>;
  /** Rows that were set aside. */
  readonly parked: ParkedRows;
}

/**
 * Opens the table of a read model, and what keeps it up to date: run `runnable`, in this process or
 * another. Rows can be read at once, also while nothing runs. @throws CAPABILITY_MISSING when the engine cannot
 * park or divide and that is asked for.
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
  readonly onFailure: ReadModelFailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Projectors among which the row keys are divided, 1 to 256; 1 unless given. Of processes that say otherwise
   * the one that opens last decides, for all. The table is divided anew without a rebuild.
   */
  readonly slices?: number;
}): Promise<LiveReadModel<Row>> {
  const { store, readModels, codec, readModel, onFailure, clock, log } = parts;
  const { name, version, indexes } = readModel;
  const table = await readModels.open<Row>({ name, version, indexes });
  assertCapable(table, parts);
  await table.slicing?.divide(parts.slices ?? 1);
  const progress = createProgress(clock);
  const onProgress = progress.moveTo;
  const checkpoint = async (): Promise<bigint> => lowestOf((await divisionOf(table)).checkpoints);

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
    parked: createParkedRows({ store, codec, readModel, table, clock }),
  };
}

function assertCapable<Row extends object>(
  { parking, slicing }: ReadModelTable<Row>,
  asked: {
    readonly readModel: { readonly name: string };
    readonly onFailure: ReadModelFailurePolicy;
    readonly slices?: number;
  },
): void {
  const { name } = asked.readModel;
  if (asked.onFailure.giveUp === 'park' && parking === undefined) {
    throw new Fault('CAPABILITY_MISSING', `${name}: this engine cannot park rows`);
  }
  if ((asked.slices ?? 1) > 1 && slicing === undefined) {
    throw new Fault('CAPABILITY_MISSING', `${name}: this engine cannot divide a read model`);
  }
}
