import { existsSync } from 'node:fs';
import type { Placed, ReadModelTable, Recorded } from '@tidemark/core';
import { createSqliteEventEngine, openSqliteReadModels } from '@tidemark/store-sqlite';
import { type FlightRow, flights } from '../../services/flights/src/application/flights.ts';
import type { FlightEvent } from '../../services/flights/src/domain/flight.ts';
import { flightCodec } from '../../services/flights/src/stored.ts';

/** Every event of a log, in order; an empty list when there is no such file. */
export async function readWholeLog(path: string): Promise<readonly Recorded[]> {
  if (!existsSync(path)) return [];
  const engine = await createSqliteEventEngine(path);
  const events: Recorded[] = [];
  for (let after = 0n; ; ) {
    const page = await engine.readLog({ after, limit: 10_000 });
    events.push(...page.events);
    if (page.scannedTo === after) break;
    after = page.scannedTo;
  }
  await engine.close();
  return events;
}

type Rows = ReadonlyMap<string, object>;

/** The rows of the flights read model as they are stored, and as a fold of the whole log makes them. */
export async function foldedAgain(dataDir: string): Promise<{ stored: Rows; folded: Rows }> {
  const log = await readWholeLog(`${dataDir}/flights.db`);
  const readModels = await openSqliteReadModels(`${dataDir}/flights.read.db`);
  const stored = await allRows(await readModels.open(flights), log);
  await readModels.close();
  return { stored, folded: foldAll(log) };
}

function foldAll(log: readonly Recorded[]): Rows {
  const rows = new Map<string, FlightRow>();
  for (const recorded of log) {
    const placed = place(recorded);
    for (const key of flights.key(placed)) {
      const row = flights.evolve(rows.get(key), placed, key);
      if (row === undefined) rows.delete(key);
      else rows.set(key, row);
    }
  }
  return rows;
}

function place(recorded: Recorded): Placed<FlightEvent> {
  return { ...recorded, event: flightCodec.decodeSealed(recorded) };
}

async function allRows(table: ReadModelTable<FlightRow>, log: readonly Recorded[]): Promise<Rows> {
  const keys = new Set(log.flatMap((recorded) => flights.key(place(recorded))));
  return table.load([...keys]);
}
