import {
  type Clock,
  type Codec,
  type EventReader,
  Fault,
  type Logger,
  type Message,
  type ReadModel,
  type ReadModelTable,
  type Recorded,
  type Runnable,
  WHOLE,
} from '@tidemark/core';
import { describeError } from './describe-error.ts';
import { foldPage, UnhandledEvent } from './fold-page.ts';
import { placeEvent } from './place-event.ts';
import { type FailurePolicy, retry } from './retry.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const EVENTS_PER_PAGE = 1_000;

export interface ProjectorParts<Event extends Message, Row extends object> {
  readonly store: EventReader;
  readonly codec: Codec<Event>;
  readonly readModel: ReadModel<Event, Row>;
  readonly table: ReadModelTable<Row>;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of each checkpoint that is stored, by this process or another. */
  readonly onProgress: (checkpoint: bigint) => void;
}

/**
 * Keeps the table of a read model up to date: a page of the log, the rows it touches, one transaction
 * with the checkpoint. Several may work on one table: who is overtaken goes on from where the other came.
 * `run` rejects with `READ_MODEL_STOPPED` when the retries are used up.
 */
export function createProjector<Event extends Message, Row extends object>(
  parts: ProjectorParts<Event, Row>,
): Runnable {
  const { store, table, readModel, clock, onProgress } = parts;
  const name = `read-model/${readModel.name}.v${readModel.version}`;
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
    let from = await retrying(() => table.checkpoint(WHOLE));
    onProgress(from);
    while (!signal.aborted) {
      const reached = await retrying(() => step(parts, from));
      if (reached === from) await store.awaitNews(from, signal);
      else onProgress(reached);
      from = reached;
      // A long catch-up must leave room for everything else in this process.
      await turnOfTheLoop();
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

/** One page. Answers the checkpoint afterwards: the same as before when there is nothing new. */
async function step<Event extends Message, Row extends object>(
  { store, codec, readModel, table }: ProjectorParts<Event, Row>,
  from: bigint,
): Promise<bigint> {
  const { categories } = readModel;
  const query = [{ categories }];
  const page = await store.readLog({ after: from, limit: EVENTS_PER_PAGE, query });
  if (page.scannedTo === from) return from;
  const place = (recorded: Recorded) => placeEvent(codec, recorded);
  const { rows, to } = await foldPage(page, { place, readModel, table });
  const applied = await table.apply({ slice: WHOLE, from, to, rows });
  return applied === 'applied' ? to : table.checkpoint(WHOLE);
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
