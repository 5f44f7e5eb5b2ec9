import type {
  Clock,
  Codec,
  Division,
  EventReader,
  Logger,
  LogPage,
  Message,
  ParkedRow,
  ReadModel,
  ReadModelTable,
  Slice,
} from '@tidemark/core';
import { describeError } from './describe-error.ts';
import { type FailedKey, type FoldedPages, foldPages, UnhandledEvent } from './fold-page.ts';
import { createKnownRows } from './known-rows.ts';
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

/** Takes the rows of a slice from one checkpoint to the next. */
export interface Steps {
  /**
   * Answers the checkpoint afterwards: the same as before when there is nothing new. By the policy of the read model it
   * tries again, and when a row still cannot be folded, parks it or gives up.
   */
  readonly take: (from: bigint) => Promise<bigint | 'overtaken'>;
  /** Resolves when nothing goes on any more. */
  readonly end: () => Promise<void>;
}

/** What the pages behind a checkpoint make of the rows, as soon as that is known. */
interface Ahead<Row> {
  readonly from: bigint;
  readonly folded: Promise<FoldedPages<Row> | undefined>;
}

type Park = (failed: FailedKey) => ParkedRow;

/*
 * Decision: while a step is being written, the next one is folded on what it will have stored.
 *
 * Why it holds: a step is written only when the one before it is confirmed. When that was overtaken, or failed, what
 * was folded on it is thrown away with all that was known of the rows, and read and folded again from where the slice
 * then stands. A failure of what is folded ahead is met again, and handled, when that step is taken.
 */

/** Steps of one slice, one after the other. What goes on in the background ends when `signal` aborts. */
export function createSteps<Event extends Message, Row extends object>(
  parts: SliceParts<Event, Row>,
  signal: AbortSignal,
): Steps {
  const { table, readModel, codec, slice, division, onFailure, retrying } = parts;
  const { rowsPerStep: mostRows = ROWS_PER_STEP } = table;
  const query = [{ categories: readModel.categories }];
  const limit = Math.min(MOST_EVENTS_PER_PAGE, mostRows);
  const pages = createLogPages(parts.store, { query, limit });
  const known = createKnownRows(table);
  let ahead: Ahead<Row> | undefined;

  const fold = (from: bigint, park?: Park) =>
    foldPages(stepPages(parts, { pages, from, signal }), {
      ...{ from, mostRows, readModel, known, slice },
      place: (recorded) => placeEvent(codec, recorded),
      ...(park && { park }),
    });
  const foldAhead = (from: bigint): void => {
    const isWanted = pages.isReadAhead(from) && from !== division.next?.at;
    if (isWanted) ahead = { from, folded: fold(from).catch(() => undefined) };
  };
  /** Whoever folds takes it, so that nobody else changes what is known meanwhile. */
  const takeAhead = async (from: bigint) => {
    const ready = ahead;
    ahead = undefined;
    const folded = await ready?.folded;
    return ready?.from === from ? folded : undefined;
  };
  const forget = async (): Promise<void> => {
    await takeAhead(0n);
    known.forget();
  };

  const foldAndApply = async (from: bigint, park?: Park): Promise<bigint | 'overtaken'> => {
    const folded = (await takeAhead(from)) ?? (await fold(from, park));
    const { rows, parked, to } = folded;
    if (to === from) return from;
    // Taken for stored, until it turns out not to be.
    known.learn({ rows, parked });
    const applying = table.apply({ slice, from, to, rows, ...(parked.length > 0 && { parked }) });
    if (parts.eventsPerSecond === undefined) foldAhead(to);
    const applied = await applying;
    if (applied === 'overtaken') return applied;
    logParked(parts, folded);
    return to;
  };
  const step = async (from: bigint, park?: Park): Promise<bigint | 'overtaken'> => {
    try {
      const reached = await foldAndApply(from, park);
      if (reached === 'overtaken') await forget();
      return reached;
    } catch (error) {
      // The step may have been applied, or may have been overtaken.
      await forget();
      // Events are folded twice, in memory only, into rows that were loaded after another had moved them on.
      const isOfRows = error instanceof UnhandledEvent && error.inEvolve;
      if (isOfRows && (await hasMoved(table, slice, from))) return 'overtaken';
      throw error;
    }
  };

  return {
    take: async (from) => {
      try {
        return await retrying(() => step(from));
      } catch (error) {
        const parks = onFailure.giveUp === 'park' && !signal.aborted;
        if (!parks || !(error instanceof UnhandledEvent) || !error.inEvolve) throw error;
        return retrying(() => step(from, (failed) => parkedRowOf(failed, parts.clock.now())));
      }
    },
    end: forget,
  };
}

/** Whether the slice does not stand at `from` any more. */
async function hasMoved<Row extends object>(
  table: Pick<ReadModelTable<Row>, 'slicing' | 'checkpoint'>,
  slice: Slice,
  from: bigint,
): Promise<boolean> {
  const division = await table.slicing?.read();
  if (division !== undefined && division.count !== slice.count) return true;
  return (await table.checkpoint(slice)) !== from;
}

interface PagesFrom {
  readonly pages: LogPages;
  readonly from: bigint;
  readonly signal: AbortSignal;
}

/** One page, or several while they are full: who catches up takes many into one transaction. */
async function* stepPages<Event extends Message, Row extends object>(
  { division, eventsPerSecond }: SliceParts<Event, Row>,
  { pages, from, signal }: PagesFrom,
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
    if (!isFull || taken === most || signal.aborted) return;
    after = page.scannedTo;
  }
}

function upTo(page: LogPage, last: bigint | undefined): LogPage {
  if (last === undefined || page.scannedTo <= last) return page;
  return { events: page.events.filter(({ position }) => position <= last), scannedTo: last };
}

function logParked<Event extends Message, Row extends object>(
  { log }: Pick<SliceParts<Event, Row>, 'log'>,
  { parked }: FoldedPages<Row>,
): void {
  for (const { was, becomes } of parked) {
    if (was !== undefined || becomes === undefined) continue;
    const { key, position, eventId, error } = becomes;
    log.error('row parked', { key, position: String(position), eventId, error });
  }
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
