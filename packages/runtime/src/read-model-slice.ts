import {
  type Clock,
  type Codec,
  type Division,
  type EventReader,
  type Logger,
  type LogPage,
  type Message,
  type ParkedRow,
  type ReadModel,
  type ReadModelTable,
  type Slice,
  WHOLE,
} from '@tidemark/core';
import { describeError } from './describe-error.ts';
import { type FailedKey, foldPages, UnhandledEvent } from './fold-page.ts';
import { createKnownRows, type KnownRows } from './known-rows.ts';
import { createLogPages, type LogPages } from './log-pages.ts';
import { placeEvent } from './place-event.ts';
import type { FailurePolicy } from './retry.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const MOST_EVENTS_PER_PAGE = 1_000;
/** Full pages that one step takes at most: enough that a row which changes often is written seldom. */
const PAGES_PER_STEP = 64;
const ROWS_PER_STEP = 1_000;
const ERROR_LENGTH = 500;

export interface ProjectorParts<Event extends Message, Row extends object> {
  readonly store: EventReader;
  readonly codec: Codec<Event>;
  readonly readModel: ReadModel<Event, Row>;
  readonly table: ReadModelTable<Row>;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of each position up to which all rows have come, by this process or another. */
  readonly onProgress: (checkpoint: bigint) => void;
  /** The most of the log that each slice goes through in a second, to leave room for others; as fast as it can unless given. */
  readonly eventsPerSecond?: number;
}

export interface SliceParts<Event extends Message, Row extends object>
  extends ProjectorParts<Event, Row> {
  readonly slice: Slice;
  /** The division of which it is a slice. */
  readonly division: Division;
  /** Repeats one part of the work by the policy of the read model. */
  readonly retrying: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Told of each checkpoint of this slice. */
  readonly onReached: (checkpoint: bigint) => void;
}

/**
 * Keeps the rows of one slice up to date. Resolves when `signal` aborts (`stopped`), when the slice has come as
 * far as it may before the table is divided anew (`held`), or when another division is in force (`divided`).
 */
export async function runSlice<Event extends Message, Row extends object>(
  parts: SliceParts<Event, Row>,
  signal: AbortSignal,
): Promise<'stopped' | 'held' | 'divided'> {
  const { store, readModel, division, slice, retrying } = parts;
  const { rowsPerStep = ROWS_PER_STEP } = parts.table;
  const query = [{ categories: readModel.categories }];
  const limit = Math.min(MOST_EVENTS_PER_PAGE, rowsPerStep);
  const pages = createLogPages(store, { query, limit });
  const known = createKnownRows(parts.table);
  const pace = createPace(parts);
  let from = division.checkpoints[slice.index] ?? 0n;
  while (!signal.aborted) {
    parts.onReached(from);
    if (from === division.next?.at) return 'held';
    const reached = await takeStep(parts, { pages, known, from, signal });
    if (reached === 'overtaken') {
      const now = await retrying(() => divisionOf(parts.table));
      if (!isSameDivision(now, division)) return 'divided';
      from = now.checkpoints[slice.index] ?? 0n;
    } else if (reached === from) await store.awaitNews(from, signal);
    else {
      if (pace !== undefined) await pace(reached - from, signal);
      from = reached;
    }
    // A long catch-up must leave room for everything else in this process.
    await turnOfTheLoop();
  }
  return 'stopped';
}

/** Waits as long as so many events may take. `undefined` when they may take as long as they do. */
function createPace({
  clock,
  eventsPerSecond,
}: Pick<ProjectorParts<Message, object>, 'clock' | 'eventsPerSecond'>):
  | ((events: bigint, signal: AbortSignal) => Promise<void>)
  | undefined {
  if (eventsPerSecond === undefined) return undefined;
  let freeAtMs = clock.now();
  return async (events, signal) => {
    const nowMs = clock.now();
    freeAtMs = Math.max(freeAtMs, nowMs) + (Number(events) * 1_000) / eventsPerSecond;
    await clock.sleep(freeAtMs - nowMs, signal);
  };
}

/** How the table is divided; a table that cannot be has one slice. */
export async function divisionOf<Row extends object>(
  table: Pick<ReadModelTable<Row>, 'slicing' | 'checkpoint'>,
): Promise<Division> {
  if (table.slicing !== undefined) return table.slicing.read();
  return { count: 1, checkpoints: [await table.checkpoint(WHOLE)] };
}

/** Whether nothing but checkpoints differs. */
export function isSameDivision(one: Division, other: Division): boolean {
  if (one.count !== other.count) return false;
  return one.next?.count === other.next?.count && one.next?.at === other.next?.at;
}

interface StepFrom<Row extends object> {
  readonly pages: LogPages;
  readonly known: KnownRows<Row>;
  readonly from: bigint;
}

/** By the policy: tries again; when a row still cannot be folded, parks it or gives up. */
async function takeStep<Event extends Message, Row extends object>(
  parts: SliceParts<Event, Row>,
  { signal, ...at }: StepFrom<Row> & { readonly signal: AbortSignal },
): Promise<bigint | 'overtaken'> {
  const { retrying, onFailure } = parts;
  try {
    return await retrying(() => step(parts, at));
  } catch (error) {
    const parks = onFailure.giveUp === 'park' && !signal.aborted;
    if (!parks || !(error instanceof UnhandledEvent) || !error.inEvolve) throw error;
    return retrying(() => step(parts, at, (failed) => parkedRowOf(failed, parts.clock.now())));
  }
}

/** Answers the checkpoint afterwards: the same as before when there is nothing new. */
async function step<Event extends Message, Row extends object>(
  parts: SliceParts<Event, Row>,
  at: StepFrom<Row>,
  park?: (failed: FailedKey) => ParkedRow,
): Promise<bigint | 'overtaken'> {
  try {
    const reached = await foldAndApply(parts, at, park);
    if (reached === 'overtaken') at.known.forget();
    return reached;
  } catch (error) {
    // The step may have been applied, or may have been overtaken.
    at.known.forget();
    throw error;
  }
}

async function foldAndApply<Event extends Message, Row extends object>(
  parts: SliceParts<Event, Row>,
  { pages, known, from }: StepFrom<Row>,
  park?: (failed: FailedKey) => ParkedRow,
): Promise<bigint | 'overtaken'> {
  const { codec, readModel, table, slice, log } = parts;
  const { rows, parked, to } = await foldPages(stepPages(parts, { pages, from }), {
    from,
    mostRows: table.rowsPerStep ?? ROWS_PER_STEP,
    place: (recorded) => placeEvent(codec, recorded),
    ...{ readModel, known, slice },
    ...(park && { park }),
  });
  if (to === from) return from;
  const changes = parked.length === 0 ? { rows } : { rows, parked };
  const applied = await table.apply({ slice, from, to, ...changes });
  if (applied === 'overtaken') return applied;
  known.learn({ rows, parked });
  for (const { was, becomes } of parked) {
    if (was === undefined && becomes !== undefined) {
      const { key, position, eventId, error } = becomes;
      log.error('row parked', { key, position: String(position), eventId, error });
    }
  }
  return to;
}

/** One page, or several while they are full: who catches up takes many into one transaction. */
async function* stepPages<Event extends Message, Row extends object>(
  { division, eventsPerSecond }: SliceParts<Event, Row>,
  { pages, from }: Pick<StepFrom<Row>, 'pages' | 'from'>,
): AsyncGenerator<LogPage> {
  // Who is to leave room for others takes small steps.
  const most = eventsPerSecond === undefined ? PAGES_PER_STEP : 1;
  let after = from;
  for (let taken = 1; ; taken += 1) {
    const page = upTo(await pages.read(after), division.next?.at);
    if (page.scannedTo === after) return;
    const isFull = pages.readAhead(page);
    // What was asked for ahead is sent when the loop turns, so that a server reads it while this page is folded.
    if (isFull) await turnOfTheLoop();
    yield page;
    if (!isFull || taken === most) return;
    after = page.scannedTo;
  }
}

function upTo(page: LogPage, last: bigint | undefined): LogPage {
  if (last === undefined || page.scannedTo <= last) return page;
  return { events: page.events.filter(({ position }) => position <= last), scannedTo: last };
}

/** `atMs`: milliseconds since 1970 UTC. */
export function parkedRowOf({ key, recorded, error }: FailedKey, atMs: number): ParkedRow {
  return {
    key,
    position: recorded.position,
    eventId: recorded.id,
    error: describeError(error).slice(0, ERROR_LENGTH),
    since: new Date(atMs).toISOString(),
    waiting: 0,
  };
}
