import {
  type Division,
  Fault,
  type Message,
  type ReadModelTable,
  type Runnable,
} from '@tidemark/core';
import { describeError } from './describe-error.ts';
import { UnhandledEvent } from './fold-page.ts';
import { linkedStop } from './linked-stop.ts';
import { divisionOf, isSameDivision, runSlice } from './read-model-slice.ts';
import type { ProjectorParts, SliceParts } from './read-model-step.ts';
import { retry } from './retry.ts';

/*
 * Decision: a table is divided anew where all its slices stand at one position, and nowhere else.
 *
 * Why: a keyed fold is not idempotent. Were new slices begun at the lowest of the old checkpoints, keys of the old
 * slices that had come further would see events twice; begun at the highest, keys of the others would miss some.
 *
 * How: whoever wants another number of slices writes it down with the position of the foremost slice. From then on
 * the engine refuses steps beyond it, so the others catch up and nobody runs away; who finds all slices there
 * replaces them in one transaction. Steps of the old slices are refused afterwards, also from checkpoint 0. A process
 * that dies on the way leaves nothing half done: any other goes on, because the wish is stored with the table.
 *
 * Rejected: a rebuild (hours, for what needs seconds); a checkpoint for each of many fixed buckets (every step would
 * write hundreds of them); stopping all other processes first (a deployment would have to know about slices).
 */
type DivisionParts<Event extends Message, Row extends object> = Omit<
  SliceParts<Event, Row>,
  'slice' | 'onReached'
>;

/**
 * Keeps the table of a read model up to date, each slice for itself: a page of the log, the rows it touches, one
 * transaction with the checkpoint. Several may work on one table: who is overtaken goes on from where the other
 * came. The table says into how many slices it is divided, so that processes of which each was told another
 * number still agree. `run` rejects with `READ_MODEL_STOPPED` when the retries are used up.
 */
export function createProjector<Event extends Message, Row extends object>(
  parts: ProjectorParts<Event, Row>,
): Runnable {
  const { table, readModel, clock } = parts;
  const name = projectorName(readModel);
  const log = parts.log.with({ readModel: readModel.name, version: readModel.version });

  const run = async (signal: AbortSignal): Promise<void> => {
    const retrying = <Result>(work: () => Promise<Result>): Promise<Result> =>
      retry(work, {
        policy: parts.onFailure,
        clock,
        signal,
        onRetry: (error, failures) =>
          log.warn('read model failed, trying again', { error: describeError(error), failures }),
      });
    while (!signal.aborted) {
      const division = await retrying(() => divisionOf(table));
      const divided: DivisionParts<Event, Row> = { ...parts, log, division, retrying };
      await runSlices(divided, signal);
      if (division.next !== undefined && !signal.aborted) {
        await retrying(() => divide(table, division));
      }
    }
  };

  return {
    name,
    run: async (signal) => {
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) throw stopped(readModel.name, error);
      }
    },
  };
}

/** As the runnable of a read model is called. */
export function projectorName({ name, version }: { name: string; version: number }): string {
  return `read-model/${name}.v${version}`;
}

/** Ends when all slices have ended; one that fails, or finds another division in force, ends the others. */
async function runSlices<Event extends Message, Row extends object>(
  parts: DivisionParts<Event, Row>,
  signal: AbortSignal,
): Promise<void> {
  const { count, checkpoints } = parts.division;
  const stop = linkedStop(signal);
  const reached = [...checkpoints];
  const runOne = async (index: number): Promise<void> => {
    const onReached = (checkpoint: bigint): void => {
      reached[index] = checkpoint;
      parts.onProgress(lowestOf(reached));
    };
    try {
      const end = await runSlice({ ...parts, slice: { index, count }, onReached }, stop.signal);
      if (end === 'divided') stop.abort();
    } catch (error) {
      stop.abort();
      throw error;
    }
  };
  const ends = await Promise.allSettled(checkpoints.map((_, index) => runOne(index)));
  stop.unlink();
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Asks for the division to come, unless another process was faster and somebody wants yet another. */
async function divide<Row extends object>(
  { slicing }: Pick<ReadModelTable<Row>, 'slicing'>,
  seen: Division,
): Promise<void> {
  const now = await slicing?.read();
  if (now?.next === undefined || !isSameDivision(now, seen)) return;
  await slicing?.divide(now.next.count);
}

/** The position up to which all rows have come. */
export function lowestOf(checkpoints: readonly bigint[]): bigint {
  let [lowest = 0n] = checkpoints;
  for (const checkpoint of checkpoints) if (checkpoint < lowest) lowest = checkpoint;
  return lowest;
}

/** The position up to which some rows have come. */
export function foremostOf(checkpoints: readonly bigint[]): bigint {
  let foremost = 0n;
  for (const checkpoint of checkpoints) if (checkpoint > foremost) foremost = checkpoint;
  return foremost;
}

function stopped(readModel: string, error: unknown): Fault {
  const at =
    error instanceof UnhandledEvent
      ? { position: String(error.recorded.position), eventId: error.recorded.id }
      : {};
  return new Fault('READ_MODEL_STOPPED', `${readModel} cannot go on`, {
    cause: error,
    facts: { readModel, ...at },
  });
}
