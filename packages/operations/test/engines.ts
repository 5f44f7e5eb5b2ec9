import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventEngine, Parking, ReadModelEngine, Timers } from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryParking,
  createMemoryReadModels,
  createMemoryTimers,
} from '@tidemark/store-memory';
import {
  createSqliteEventEngine,
  openSqlite,
  openSqliteParking,
  openSqliteReadModels,
  openSqliteTimers,
} from '@tidemark/store-sqlite';

/** What the services of a test keep their things in. */
export interface Storage {
  readonly engine: EventEngine;
  readonly other: EventEngine;
  readonly readModels: ReadModelEngine;
  readonly timers: Timers;
  readonly parking: Parking;
  /** File of `engine`, where it has one. */
  readonly file?: string;
  readonly close: () => Promise<void>;
}

async function openMemory(): Promise<Storage> {
  return {
    engine: createMemoryEventEngine(),
    other: createMemoryEventEngine(),
    readModels: createMemoryReadModels(),
    timers: createMemoryTimers(),
    parking: createMemoryParking(),
    close: async () => undefined,
  };
}

/** In a folder of its own, removed by `close`. */
export async function openSqliteStorage(): Promise<Storage> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-operations-'));
  const file = join(folder, 'notes.db');
  const engine = await createSqliteEventEngine(file);
  const other = await createSqliteEventEngine(join(folder, 'other.db'));
  const readModels = await openSqliteReadModels(join(folder, 'notes.read.db'));
  const timers = await openSqliteTimers(file);
  const parking = await openSqliteParking(file);
  const close = async () => {
    for (const one of [engine, other, readModels, timers, parking]) await one.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { engine, other, readModels, timers, parking, file, close };
}

export const ENGINES: readonly (readonly [string, () => Promise<Storage>])[] = [
  ['memory', openMemory],
  ['SQLite', openSqliteStorage],
];

/** Changes a stored event behind the back of its engine. */
export async function damageRow({ file }: Storage, position: number): Promise<void> {
  if (file === undefined) throw new Error('only a file can be damaged');
  const database = await openSqlite(file);
  database.exec(`UPDATE events SET type = 'NoteLost' WHERE pos = ${position}`);
  database.close();
}
