import {
  type Clock,
  type Codec,
  type EventReader,
  Fault,
  type FindRequest,
  type FoundPage,
  type Keys,
  type Logger,
  type Message,
  type ReadModel,
  type ReadModelEngine,
  type ReadModelTable,
  type Runnable,
} from '@tidemark/core';
import { createBuildFailures, createBuildRates } from './build-rates.ts';
import { createBuildRunner } from './build-runner.ts';
import type { Moment } from './moment.ts';
import { type Builds, checkpointOf, openBuilds } from './open-builds.ts';
import type { OperableReadModel } from './operations.ts';
import { createParkedRows } from './parked-rows.ts';
import { readModelAsOf } from './read-model-as-of.ts';
import { noRebuild } from './rebuild.ts';
import { createRebuild } from './rebuild-control.ts';
import type { FailurePolicy } from './retry.ts';
import { onlyStorable } from './storable-rows.ts';

/** Another process may do the work, without a signal to this one. */
const LOOK_AGAIN_MS = 25;

export interface LiveReadModel<Row extends object> extends OperableReadModel {
  /** Keeps it up to date. */
  readonly runnable: Runnable;
  readonly get: (key: string) => Promise<Row | undefined>;
  readonly find: (request: FindRequest) => Promise<FoundPage<Row>>;
  /** A row as it was, folded anew from the log; the table is not looked at. @throws as `readModelAsOf`. */
  readonly asOf: (key: string, moment: Moment) => Promise<Row | undefined>;
  /** Resolves `true` once it has come as far as `position`; `false` when `signal` aborts before. */
  readonly reached: (position: bigint, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Opens the table of a read model, and what keeps it up to date: run `runnable`, in this process or
 * another. Rows can be read at once, also while nothing runs; of a new version beside an older one, once it has caught
 * up, and before that `get` and `find` throw READ_MODEL_BEHIND. @throws CAPABILITY_MISSING when the engine cannot park
 * or divide and that is asked for.
 *
 * @example
 * const list = await openReadModel({ store, readModels, codec, readModel: flightList, onFailure, clock, log });
 * const page = await list.find({ index: 'byStatus', equals: ['departed'], limit: 50 });
 */
export async function openReadModel<Event extends Message, Row extends object>(given: {
  readonly store: EventReader;
  readonly readModels: ReadModelEngine;
  readonly codec: Codec<Event>;
  readonly readModel: ReadModel<Event, Row>;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Projectors among which the row keys are divided, 1 to 256; 1 unless given. Of processes that say otherwise
   * the one that opens last decides, for all. The table is divided anew without a rebuild.
   */
  readonly slices?: number;
  /** The most of the log that a rebuild goes through in a second, in each slice; as fast as it can unless given. */
  readonly eventsPerSecond?: number;
  /** To see, in a comparison, whose personal data was erased; without it, other ciphertexts are a difference. */
  readonly keys?: Pick<Keys, 'fetch'>;
}): Promise<LiveReadModel<Row>> {
  const parts = { ...given, readModel: onlyStorable(given.readModel) };
  const { readModels, readModel, clock } = parts;
  const { name, version, indexes } = readModel;
  const shape = { name, version, indexes };
  const [rates, failures] = [createBuildRates(clock), createBuildFailures()];
  const builds = await openBuilds<Row>({ readModels, shape, clock, onLook: rates.look });
  assertCapable(builds.current().table, parts);
  for (const { table } of builds.known().open) await table.slicing?.divide(parts.slices ?? 1);
  const { builds: stored } = readModels;
  const operated = { store: parts.store, clock, shape, builds, rates, failures };

  return {
    name,
    version,
    runnable: createBuildRunner({ ...parts, builds, stored, failures, keys: parts.keys }),
    get: (key) => builds.read(({ table }) => table.get(key)),
    find: (request) => builds.read(({ table }) => table.find(request)),
    asOf: (key, moment) => readModelAsOf(parts, key, moment),
    ...(builds.current().table.scan && { scan: createScan(builds) }),
    checkpoint: () => {
      const one = builds.current();
      return one.isInForce ? builds.ask(checkpointOf) : checkpointOf(one);
    },
    reached: (position, signal) => reached({ ...parts, builds }, position, signal),
    parked: createParkedRows({ ...parts, table: () => builds.current().table }),
    rebuild: stored === undefined ? noRebuild(name) : createRebuild({ ...operated, stored }),
  };
}

/** The rows of the build that queries are answered from, or of the one that will be. */
function createScan<Row extends object>(
  builds: Builds<Row>,
): NonNullable<OperableReadModel['scan']> {
  return (after, limit) => {
    const look = async ({ table }: { readonly table: ReadModelTable<Row> }) =>
      (await table.scan?.(after, limit))?.rows ?? [];
    const one = builds.current();
    return one.isInForce ? builds.read(look) : look(one);
  };
}

async function reached<Row extends object>(
  { store, builds }: { readonly store: Pick<EventReader, 'head'>; readonly builds: Builds<Row> },
  position: bigint,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const { progress, isInForce } = builds.current();
    if (isInForce) {
      if (position <= progress.position()) return true;
      const known = await builds.ask(checkpointOf);
      // Who asks for more than there is, for example after a restore, gets all there is.
      if (known >= position || (await store.head()) <= known) return true;
    }
    if (signal.aborted) return false;
    if (isInForce) await progress.wait(position, LOOK_AGAIN_MS, signal);
    else await builds.nextLook(LOOK_AGAIN_MS, signal);
  }
}

function assertCapable<Row extends object>(
  { parking, slicing }: ReadModelTable<Row>,
  asked: {
    readonly readModel: { readonly name: string };
    readonly onFailure: FailurePolicy;
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
