import {
  createCodec,
  type EventEngine,
  type EventStore,
  type Logger,
  type MessagesOf,
  type ReadModel,
  type ReadModelEngine,
  storedAs,
} from '@tidemark/core';
import {
  createEventStore,
  createSystemClock,
  type LiveReadModel,
  openReadModel,
  type RebuildStatus,
} from '@tidemark/runtime';
import { newEvent } from '@tidemark/testing';
import { createSqliteEventEngine, openSqliteReadModels } from '../src/index.ts';

type Counted = MessagesOf<{ Counted: { by: number } }>;

export interface Count {
  readonly id: string;
  readonly total: number;
  /** How many events: shows one that was folded twice, or left out. */
  readonly events: number;
}

export interface Service {
  readonly engine: EventEngine;
  readonly store: EventStore;
  readonly readModels: ReadModelEngine;
  readonly live: LiveReadModel<Count>;
  readonly close: () => Promise<void>;
}

const COUNTERS = 40;
const WITHIN_MS = 300_000;

const codec = createCodec<Counted>({
  Counted: storedAs({ parse: (data) => ({ by: Number((data as { by: number }).by) }) }),
});

const counts: ReadModel<Counted, Count> = {
  name: 'counts',
  version: 1,
  indexes: { by_total: ['total'] },
  categories: ['counter'],
  key: ({ stream }) => [stream],
  evolve: (row, { event }, key) => ({
    id: key,
    total: (row?.total ?? 0) + event.data.by,
    events: (row?.events ?? 0) + 1,
  }),
};

const silent: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => silent,
};

/** A process of the service on the files of a folder. */
export async function openService(
  folder: string,
  options: { readonly eventsPerSecond?: number } = {},
): Promise<Service> {
  const engine = await createSqliteEventEngine(`${folder}/events.db`);
  const readModels = await openSqliteReadModels(`${folder}/events.read.db`);
  const store = createEventStore(engine);
  const live = await openReadModel({
    ...{ store, readModels, codec, readModel: counts, clock: createSystemClock(), log: silent },
    onFailure: { retries: 3, backoffMs: 50, giveUp: 'stop' },
    ...options,
  });
  const close = async (): Promise<void> => {
    await readModels.close();
    await engine.close();
  };
  return { engine, store, readModels, live, close };
}

/** Counts one event and answers its position. */
export async function count({ store }: Pick<Service, 'store'>, n: number): Promise<bigint> {
  const event = newEvent(streamOf(n), { type: 'Counted', data: { by: n } });
  const result = await store.append({ events: [event], conditions: [] });
  if (result.kind !== 'appended') throw new Error(`not appended: ${result.kind}`);
  return result.position;
}

export function streamOf(n: number): `counter-${number}` {
  return `counter-${n % COUNTERS}`;
}

export async function fill({ store }: Pick<Service, 'store'>, events: number): Promise<void> {
  for (let n = 0; n < events; n += 1_000) {
    const batch = Array.from({ length: Math.min(1_000, events - n) }, (_, at) =>
      newEvent(streamOf(n + at), { type: 'Counted', data: { by: n + at } }),
    );
    await store.append({ events: batch, conditions: [] });
  }
}

/** What the rows must be: the log folded by hand. */
export async function expectedCounts({
  engine,
}: Pick<Service, 'engine'>): Promise<readonly Count[]> {
  const rows = new Map<string, Count>();
  for (let after = 0n, head = await engine.head(); after < head; ) {
    const { events, scannedTo } = await engine.readLog({ after, limit: 5_000 });
    for (const { stream, data } of events) {
      const row = rows.get(stream) ?? { id: stream, total: 0, events: 0 };
      rows.set(stream, { ...row, total: row.total + Number(data.by), events: row.events + 1 });
    }
    after = scannedTo;
  }
  return [...rows.values()].sort((one, other) => one.total - other.total);
}

export async function rowsOf({ live }: Pick<Service, 'live'>): Promise<readonly Count[]> {
  return (await live.find({ index: 'by_total', equals: [], limit: 1_000 })).items;
}

/** Asks again and again, leaving the event loop to everybody else, until the rebuild is so. */
export async function untilStatus(
  { live }: Pick<Service, 'live'>,
  isSo: (status: RebuildStatus) => boolean,
): Promise<RebuildStatus> {
  for (const beganMs = Date.now(); Date.now() - beganMs < WITHIN_MS; ) {
    const status = await live.rebuild.status();
    if (isSo(status)) return status;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it never became so');
}
