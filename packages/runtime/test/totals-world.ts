import type {
  EventEngine,
  LogPageRequest,
  ReadModel,
  ReadModelEngine,
  Recorded,
} from '@tidemark/core';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { createFakeClock, type FakeClock, newEvent } from '@tidemark/testing';
import {
  createEventStore,
  type FailurePolicy,
  type LiveReadModel,
  openReadModel,
} from '../src/index.ts';
import { type CounterEvent, counterCodec } from './counter.ts';
import { createLogKeeper, type KeptLine } from './log-keeper.ts';

export interface Total {
  readonly id: string;
  readonly total: number;
  /** Revisions folded in: shows one that was folded twice, or left out. */
  readonly seen: readonly number[];
}

export const PARK: FailurePolicy = { retries: 0, backoffMs: 100, giveUp: 'park' };

/** Sums of counters; can be told to fail at an amount. */
export function createTotals(fails: (by: number) => boolean): ReadModel<CounterEvent, Total> {
  return {
    name: 'totals',
    version: 1,
    indexes: { byTotal: ['total'] },
    categories: ['counter'],
    key: ({ stream }) => [stream],
    evolve: (row = { id: '', total: 0, seen: [] }, { event, revision }, key) => {
      if (event.type === 'Owned') return row;
      const { by } = event.data;
      if (fails(by)) throw new RangeError(`nobody counts ${by}`);
      if (by === 0) return undefined;
      return { id: key, total: row.total + by, seen: [...row.seen, revision] };
    },
  };
}

export interface TotalsWorld {
  readonly engine: EventEngine;
  readonly readModels: ReadModelEngine;
  readonly clock: FakeClock;
  readonly lines: readonly KeptLine[];
  /** Appends one event to `counter-<id>`. */
  readonly add: (id: string, by: number) => Promise<void>;
  readonly open: (changes?: {
    readonly readModel?: ReadModel<CounterEvent, Total>;
    readonly onFailure?: FailurePolicy;
    readonly slices?: number;
    readonly eventsPerSecond?: number;
    readonly engine?: EventEngine;
    readonly readModels?: ReadModelEngine;
  }) => Promise<LiveReadModel<Total>>;
}

/** A log and a place for read models, on which any number of processes can be opened. */
export function createTotalsWorld(
  world: {
    readonly engine?: EventEngine;
    readonly readModels?: ReadModelEngine;
    /** Most events of one page, so that there are many steps. */
    readonly pageSize?: number;
  } = {},
): TotalsWorld {
  const whole = world.engine ?? createMemoryEventEngine();
  const { pageSize } = world;
  const engine =
    pageSize === undefined
      ? whole
      : {
          ...whole,
          readLog: (page: LogPageRequest) => whole.readLog({ ...page, limit: pageSize }),
        };
  const readModels = world.readModels ?? createMemoryReadModels();
  const clock = createFakeClock();
  const { log, lines } = createLogKeeper();
  return {
    ...{ engine, readModels, clock, lines },
    add: async (id, by) => {
      const event = newEvent(`counter-${id}`, { type: 'Incremented', data: { by } });
      await engine.commit([{ events: [event], conditions: [] }]);
    },
    open: (changes = {}) =>
      openReadModel({
        store: createEventStore(changes.engine ?? engine),
        readModels: changes.readModels ?? readModels,
        codec: counterCodec,
        readModel: changes.readModel ?? createTotals((by) => by < 0),
        onFailure: changes.onFailure ?? PARK,
        ...{ clock, log },
        ...(changes.slices !== undefined && { slices: changes.slices }),
        ...(changes.eventsPerSecond !== undefined && { eventsPerSecond: changes.eventsPerSecond }),
      }),
  };
}

/** Runs read models until the work is done; each run must end cleanly. */
export async function whileRunning(
  running: readonly LiveReadModel<Total>[],
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const ended = running.map(({ runnable }) => runnable.run(stop.signal));
  await Promise.race([work(stop.signal), ...ended]);
  stop.abort();
  await Promise.all(ended);
}

/** Runs one read model up to the end of the log. */
export async function catchUp({ engine }: TotalsWorld, live: LiveReadModel<Total>): Promise<void> {
  await whileRunning([live], async (signal) => {
    await live.reached(await engine.head(), signal);
  });
}

/** What the rows must be: each stream folded by hand. */
export async function expectedTotals({ engine }: TotalsWorld): Promise<ReadonlyMap<string, Total>> {
  const rows = new Map<string, Total>();
  const { evolve } = createTotals(() => false);
  const head = await engine.head();
  for (let after = 0n; after < head; ) {
    const { events, scannedTo } = await engine.readLog({ after, limit: 10_000 });
    for (const recorded of events) {
      const row = evolve(rows.get(recorded.stream), placed(recorded), recorded.stream);
      if (row === undefined) rows.delete(recorded.stream);
      else rows.set(recorded.stream, row);
    }
    after = scannedTo;
  }
  return rows;
}

function placed(recorded: Recorded) {
  return { ...recorded, event: counterCodec.decodeSealed(recorded) };
}
