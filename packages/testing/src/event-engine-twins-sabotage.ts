import {
  type AppendRequest,
  type AppendResult,
  type Clock,
  type Condition,
  type EventEngine,
  matches,
  type NewEvent,
  type Query,
  type QueryAlternative,
  type Recorded,
  type StreamCondition,
} from '@tidemark/core';
import { readWhole } from './event-engine-contract-case.ts';
import type { Twin } from './twins.ts';

/** What a broken engine does instead. Called for each engine that is opened on the storage; all share the clock. */
export type BreakEngine = (engine: EventEngine, clock: Pick<Clock, 'now'>) => Partial<EventEngine>;

export type EventEngineTwin = Twin<BreakEngine>;

/** Changes every request before it is stored. */
export const requests =
  (change: (request: AppendRequest) => AppendRequest): BreakEngine =>
  (engine) => ({ commit: (batch) => engine.commit(batch.map(change)) });

/** Changes every event before it is stored. */
export const newEventsBy = (change: (event: NewEvent) => NewEvent): BreakEngine =>
  requests((request) => ({ ...request, events: request.events.map(change) }));

/** Looks only at conditions that fulfil `keep`. */
export const conditionsWhere = (
  keep: (condition: Condition, request: AppendRequest, place: number) => boolean,
): BreakEngine =>
  requests((request) => ({
    ...request,
    conditions: request.conditions.filter((condition, place) => keep(condition, request, place)),
  }));

/** Changes every answer after it was stored. */
export const answers =
  (change: (result: AppendResult, request: AppendRequest) => AppendResult): BreakEngine =>
  (engine) => ({
    commit: async (batch) => {
      const results = await engine.commit(batch);
      return results.map((result, place) => change(result, batch[place] as AppendRequest));
    },
  });

/** Changes every event that is read, from a stream or from the log. */
export const eventsRead =
  (change: (event: Recorded) => Recorded) =>
  (engine: EventEngine): Pick<EventEngine, 'readStream' | 'readLog'> => ({
    async *readStream(stream, range) {
      for await (const page of engine.readStream(stream, range)) yield page.map(change);
    },
    readLog: async (page) => {
      const found = await engine.readLog(page);
      return { ...found, events: found.events.map(change) };
    },
  });

/** Matches queries in its own way, in conditions and in reads. */
export const queriesBy =
  (match: (query: Query, event: Recorded) => boolean): BreakEngine =>
  (engine) => ({
    readLog: async ({ query, ...page }) => {
      if (query === undefined) return engine.readLog(page);
      const all = await engine.readLog({ after: page.after, limit: 10_000 });
      const events = all.events.filter((event) => match(query, event)).slice(0, page.limit);
      const last = events.at(-1)?.position ?? page.after;
      return { events, scannedTo: events.length === page.limit ? last : all.scannedTo };
    },
    commit: async (batch) => {
      const results: AppendResult[] = [];
      for (const request of batch) {
        const conflict = await firstMatch(engine, request, match);
        const conditions = request.conditions.filter((condition) => 'stream' in condition);
        if (conflict !== undefined) results.push(conflict);
        else results.push(...(await engine.commit([{ ...request, conditions }])));
      }
      return results;
    },
  });

/** Asks another question than it was asked. */
export const asking = (change: (alternative: QueryAlternative) => QueryAlternative): BreakEngine =>
  queriesBy((query, event) => matches(query.map(change), event));

/** Compares one part of an alternative in its own way, the others as they should be. */
export const comparing = (compare: (alternative: QueryAlternative, event: Recorded) => boolean) =>
  queriesBy((query, event) => query.some((alternative) => compare(alternative, event)));

async function firstMatch(
  engine: EventEngine,
  { conditions }: AppendRequest,
  match: (query: Query, event: Recorded) => boolean,
): Promise<AppendResult | undefined> {
  for (const condition of conditions) {
    if ('stream' in condition) continue;
    const { events } = await engine.readLog({ after: condition.after, limit: 10_000 });
    const found = events.find((event) => match(condition.nothingMatches, event));
    if (found !== undefined) return { kind: 'conflict', condition, actual: found.position };
  }
  return undefined;
}

/** Whether the conditions on streams hold just now. */
export async function holdsNow(engine: EventEngine, request: AppendRequest): Promise<boolean> {
  for (const condition of request.conditions) {
    if ('stream' in condition && !(await streamHolds(engine, condition))) return false;
  }
  return true;
}

async function streamHolds(
  engine: EventEngine,
  { stream, revision }: StreamCondition,
): Promise<boolean> {
  const last = await lastOf(engine, stream);
  return revision === 'some' ? last !== 'none' : last === revision;
}

/** Last revision of a stream. */
export async function lastOf(
  engine: EventEngine,
  stream: StreamCondition['stream'],
): Promise<number | 'none'> {
  return (await readWhole(engine, stream)).at(-1)?.revision ?? 'none';
}

/** The larger of two positions. */
export function furthest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

/** Everything that can go on without anybody's doing has gone on a step. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
