// A machine for the guide to two-phase work: it keeps what is stored, and its power can be cut at any write.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Checkpoints,
  type EventEngine,
  type EventStore,
  Fault,
  type Timers,
} from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import {
  createMemoryEventEngine,
  createMemoryReadModelStorage,
  createMemoryReadModels,
  createMemoryStorage,
  createMemoryTimerStorage,
  createMemoryTimers,
} from '@tidemark/store-memory';
import {
  createSqliteEventEngine,
  openSqliteReadModels,
  openSqliteTimers,
} from '@tidemark/store-sqlite';
import { createFakeClock, type FakeClock } from '@tidemark/testing';

/** What one service keeps. */
export interface Kept {
  readonly store: EventStore;
  readonly timers: Timers;
  readonly checkpoints: Checkpoints;
}

/** Outlives the processes that run on it. */
export interface Machine {
  readonly clock: FakeClock;
  /** Opens what a service keeps, for a new process. */
  readonly open: (service: string, power: Power) => Promise<Kept>;
  readonly close: () => Promise<void>;
}

/** Counts writes. From the one on at which it is cut, each write fails. */
export interface Power {
  readonly isCut: () => boolean;
  readonly write: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/**
 * Power that is cut at that write, counted from 1, before it is stored or after; never, when no write is named.
 *
 * @example
 * const power = createPower(7, 'before');
 */
export function createPower(
  cutAt = Number.POSITIVE_INFINITY,
  when: 'before' | 'after' = 'before',
): Power {
  let writes = 0;
  let cut = false;
  const assertOn = (): void => {
    if (cut) throw new Fault('STORE_UNAVAILABLE', 'the power is cut');
  };
  return {
    isCut: () => cut,
    write: async (work) => {
      writes += 1;
      const isLast = writes === cutAt;
      cut ||= isLast && when === 'before';
      assertOn();
      const result = await work();
      cut ||= isLast;
      assertOn();
      return result;
    },
  };
}

interface Parts {
  readonly engine: EventEngine;
  readonly timers: Timers;
  readonly checkpoints: Checkpoints;
}

function underPower({ engine, timers, checkpoints }: Parts, power: Power): Kept {
  return {
    store: createEventStore({
      ...engine,
      commit: (batch) => power.write(() => engine.commit(batch)),
    }),
    timers: {
      ...timers,
      set: (some) => power.write(() => timers.set(some)),
      cancel: (ids) => power.write(() => timers.cancel(ids)),
    },
    checkpoints: {
      load: checkpoints.load,
      save: (name, position) => power.write(() => checkpoints.save(name, position)),
    },
  };
}

/** In memory, which outlives nothing but the test. */
export async function createMemoryMachine(): Promise<Machine> {
  const clock = createFakeClock();
  const services = new Map<string, () => Parts>();
  const addService = (): (() => Parts) => {
    const storage = createMemoryStorage();
    const timerStorage = createMemoryTimerStorage();
    const readModelStorage = createMemoryReadModelStorage();
    return () => ({
      engine: createMemoryEventEngine({ storage, clock }),
      timers: createMemoryTimers({ storage: timerStorage }),
      checkpoints: createMemoryReadModels({ storage: readModelStorage }).checkpoints,
    });
  };
  const open = async (service: string, power: Power): Promise<Kept> => {
    const parts = services.get(service) ?? addService();
    services.set(service, parts);
    return underPower(parts(), power);
  };
  return { clock, open, close: async () => {} };
}

/** In files, as the platform keeps them: log and timers in one, what can be rebuilt in another. */
export async function createSqliteMachine(): Promise<Machine> {
  const clock = createFakeClock();
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-trips-'));
  const opened: { readonly close: () => Promise<void> }[] = [];
  const open = async (service: string, power: Power): Promise<Kept> => {
    const path = join(folder, `${service}.db`);
    const engine = await createSqliteEventEngine(path, { clock });
    const timers = await openSqliteTimers(path);
    const readModels = await openSqliteReadModels(join(folder, `${service}.read.db`));
    opened.push(engine, timers, readModels);
    return underPower({ engine, timers, checkpoints: readModels.checkpoints }, power);
  };
  const close = async (): Promise<void> => {
    for (const one of opened) await one.close();
    await rm(folder, { recursive: true });
  };
  return { clock, open, close };
}
