import {
  type LogPage,
  type Message,
  type ParkedChange,
  type ParkedRow,
  type Placed,
  type ReadModel,
  type ReadModelTable,
  type Recorded,
  type Slice,
  sliceOf,
} from '@tidemark/core';

/** What pages of the log make of the rows they touch. */
export interface FoldedPages<Row> {
  /** Only rows that changed; `undefined` deletes. */
  readonly rows: ReadonlyMap<string, Row | undefined>;
  /** Keys that were parked by these pages, and those parked before that have one more event waiting. */
  readonly parked: readonly ParkedChange[];
  /** How far it got: the end of a page, or just before the event that failed. */
  readonly to: bigint;
}

export interface FoldParts<Event extends Message, Row extends object> {
  /** The checkpoint behind which the pages begin. */
  readonly from: bigint;
  /** No further page is taken once so many rows have changed. */
  readonly mostRows: number;
  readonly place: (recorded: Recorded) => Placed<Event>;
  readonly readModel: Pick<ReadModel<Event, Row>, 'key' | 'evolve'>;
  readonly table: Pick<ReadModelTable<Row>, 'load' | 'parking'>;
  /** Only keys of this slice are folded. */
  readonly slice: Slice;
  /** Where given, a key whose `evolve` fails is parked as this says; else folding ends before that event. */
  readonly park?: (failed: FailedKey) => ParkedRow;
}

/** A key, the event that could not be folded into its row, and why. */
export interface FailedKey extends Failure {
  readonly key: string;
}

/** Where and why folding could not go on. */
interface Failure {
  readonly recorded: Pick<Recorded, 'id' | 'position'>;
  readonly error: unknown;
}

interface Keyed<Event extends Message> {
  readonly recorded: Recorded;
  readonly placed: Placed<Event>;
  readonly keys: ReadonlySet<string>;
}

/** Before anything was folded. */
interface Before<Row> {
  /** Keys that were looked for. */
  readonly keys: Set<string>;
  readonly rows: Map<string, Row>;
  readonly parked: Map<string, ParkedRow>;
}

interface Folded<Row> {
  readonly rows: Map<string, Row | undefined>;
  readonly parked: Map<string, ParkedRow>;
}

type Ended = { readonly recorded: Recorded; readonly error: unknown };

/** Carries the event that a read model could not handle. */
export class UnhandledEvent extends Error {
  readonly recorded: Recorded;
  /** Whether `evolve` failed; else it is not known which rows the event concerns. */
  readonly inEvolve: boolean;

  constructor({ recorded, error }: Ended, inEvolve: boolean) {
    const what = inEvolve ? 'cannot be folded' : 'cannot be decoded or has no key';
    const { position, type, stream } = recorded;
    super(`event ${position} (${type}) of ${stream} ${what}`, { cause: error });
    this.name = 'UnhandledEvent';
    this.recorded = recorded;
    this.inEvolve = inEvolve;
  }
}

/**
 * Folds pages over the rows they touch, which are loaded once. Parked keys are passed over and their events
 * counted. When an event cannot be handled, what is before it still counts.
 * @throws UnhandledEvent when that is the first event.
 */
export async function foldPages<Event extends Message, Row extends object>(
  pages: AsyncIterable<LogPage>,
  parts: FoldParts<Event, Row>,
): Promise<FoldedPages<Row>> {
  const before: Before<Row> = { keys: new Set(), rows: new Map(), parked: new Map() };
  const folded: Folded<Row> = { rows: new Map(), parked: new Map() };
  let first: Recorded | undefined;
  let to = parts.from;
  for await (const page of pages) {
    const { keyed, ended: unkeyed } = keyEvents(page.events, parts);
    await loadInto(before, keyed, parts.table);
    const unfolded = foldRows(keyed, { before, folded }, parts);
    const ended = unfolded ?? unkeyed;
    first ??= page.events[0];
    if (ended?.recorded === first && ended !== undefined) {
      throw new UnhandledEvent(ended, unfolded !== undefined);
    }
    to = ended === undefined ? page.scannedTo : ended.recorded.position - 1n;
    if (ended !== undefined || folded.rows.size >= parts.mostRows) break;
  }
  const parked = [...folded.parked].map(([key, becomes]) => {
    return { key, was: before.parked.get(key), becomes };
  });
  return { rows: folded.rows, parked, to };
}

/** Loads what is not there yet. */
async function loadInto<Event extends Message, Row extends object>(
  before: Before<Row>,
  keyed: readonly Keyed<Event>[],
  { load, parking }: Pick<ReadModelTable<Row>, 'load' | 'parking'>,
): Promise<void> {
  const missing = new Set<string>();
  for (const { keys } of keyed) for (const key of keys) if (!before.keys.has(key)) missing.add(key);
  if (missing.size === 0) return;
  const keys = [...missing];
  // Parked keys first: one that goes on after this look is then still passed over, and the step is overtaken.
  // The other way round, an old row could be taken for the row of a key that is not parked.
  const parked = (await parking?.load(keys)) ?? [];
  const rows = await load(keys);
  for (const key of keys) before.keys.add(key);
  for (const [key, row] of parked) before.parked.set(key, row);
  for (const [key, row] of rows) before.rows.set(key, row);
}

function keyEvents<Event extends Message, Row extends object>(
  events: readonly Recorded[],
  { place, readModel, slice }: FoldParts<Event, Row>,
): { readonly keyed: readonly Keyed<Event>[]; readonly ended?: Ended } {
  const keyed: Keyed<Event>[] = [];
  for (const recorded of events) {
    try {
      const placed = place(recorded);
      const keys = new Set<string>();
      for (const key of readModel.key(placed)) {
        if (slice.count === 1 || sliceOf(key, slice.count) === slice.index) keys.add(key);
      }
      keyed.push({ recorded, placed, keys });
    } catch (error) {
      return { keyed, ended: { recorded, error } };
    }
  }
  return { keyed };
}

/** Answers the event that could not be folded, with nothing of it folded. */
function foldRows<Event extends Message, Row extends object>(
  keyed: readonly Keyed<Event>[],
  rows: { readonly before: Before<Row>; readonly folded: Folded<Row> },
  parts: Pick<FoldParts<Event, Row>, 'readModel' | 'park'>,
): Ended | undefined {
  for (const one of keyed) {
    try {
      foldEvent(one, rows, parts);
    } catch (error) {
      return { recorded: one.recorded, error };
    }
  }
  return undefined;
}

/** All rows that an event concerns move on, or none; what was parked moves nothing else. */
function foldEvent<Event extends Message, Row extends object>(
  { recorded, placed, keys }: Keyed<Event>,
  { before, folded }: { readonly before: Before<Row>; readonly folded: Folded<Row> },
  { readModel, park }: Pick<FoldParts<Event, Row>, 'readModel' | 'park'>,
): void {
  const moved: [string, Row | undefined][] = [];
  const parked: ParkedRow[] = [];
  for (const key of keys) {
    const aside = folded.parked.get(key) ?? before.parked.get(key);
    if (aside !== undefined) {
      parked.push({ ...aside, waiting: aside.waiting + 1 });
      continue;
    }
    const row = folded.rows.has(key) ? folded.rows.get(key) : before.rows.get(key);
    try {
      const next = readModel.evolve(row, placed, key);
      if (next !== row) moved.push([key, next]);
    } catch (error) {
      if (park === undefined) throw error;
      parked.push(park({ key, recorded, error }));
    }
  }
  for (const [key, next] of moved) folded.rows.set(key, next);
  for (const row of parked) folded.parked.set(row.key, row);
}
