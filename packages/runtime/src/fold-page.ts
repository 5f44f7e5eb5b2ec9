import {
  type LogPage,
  type Message,
  type ParkedChange,
  type ParkedRow,
  type Placed,
  type ReadModel,
  type Recorded,
  type Slice,
  sliceOf,
} from '@tidemark/core';
import { type KnownRows, MOST_WEIGHT } from './known-rows.ts';
import { weighAlike } from './weigh.ts';

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
  /** No further page is taken once so many rows have changed, or those that have are large. */
  readonly mostRows: number;
  readonly place: (recorded: Recorded) => Placed<Event>;
  readonly readModel: Pick<ReadModel<Event, Row>, 'key' | 'evolve'>;
  /** What the rows were before; nothing is learnt here. */
  readonly known: KnownRows<Row>;
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
  /** Each once. */
  readonly keys: readonly string[];
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
  const { known } = parts;
  const folded: Folded<Row> = { rows: new Map(), parked: new Map() };
  let first: Recorded | undefined;
  let to = parts.from;
  for await (const page of pages) {
    const { keyed, ended: unkeyed } = keyEvents(page.events, parts);
    await known.load(keysOf(keyed));
    const unfolded = foldRows(keyed, folded, parts);
    const ended = unfolded ?? unkeyed;
    first ??= page.events[0];
    if (ended?.recorded === first && ended !== undefined) {
      throw new UnhandledEvent(ended, unfolded !== undefined);
    }
    to = ended === undefined ? page.scannedTo : ended.recorded.position - 1n;
    if (ended !== undefined || folded.rows.size >= parts.mostRows) break;
    if (weighAlike(folded.rows) > MOST_WEIGHT) break;
  }
  const parked = [...folded.parked].map(([key, becomes]) => {
    return { key, was: known.find(key)?.parked, becomes };
  });
  return { rows: folded.rows, parked, to };
}

function* keysOf(keyed: readonly Keyed<Message>[]): Generator<string> {
  for (const { keys } of keyed) yield* keys;
}

function keyEvents<Event extends Message, Row extends object>(
  events: readonly Recorded[],
  { place, readModel, slice }: FoldParts<Event, Row>,
): { readonly keyed: readonly Keyed<Event>[]; readonly ended?: Ended } {
  const keyed: Keyed<Event>[] = [];
  for (const recorded of events) {
    try {
      const placed = place(recorded);
      const keys = inSlice(readModel.key(placed), slice);
      // Nearly every event has one key, which needs no set.
      keyed.push({ recorded, placed, keys: keys.length > 1 ? [...new Set(keys)] : keys });
    } catch (error) {
      return { keyed, ended: { recorded, error } };
    }
  }
  return { keyed };
}

function inSlice(keys: readonly string[], { index, count }: Slice): readonly string[] {
  return count === 1 ? keys : keys.filter((key) => sliceOf(key, count) === index);
}

/** Answers the event that could not be folded, with nothing of it folded. */
function foldRows<Event extends Message, Row extends object>(
  keyed: readonly Keyed<Event>[],
  folded: Folded<Row>,
  parts: Pick<FoldParts<Event, Row>, 'known' | 'readModel' | 'park'>,
): Ended | undefined {
  for (const one of keyed) {
    try {
      foldEvent(one, folded, parts);
    } catch (error) {
      return { recorded: one.recorded, error };
    }
  }
  return undefined;
}

/** All rows that an event concerns move on, or none; what was parked moves nothing else. */
function foldEvent<Event extends Message, Row extends object>(
  { recorded, placed, keys }: Keyed<Event>,
  folded: Folded<Row>,
  { known, readModel, park }: Pick<FoldParts<Event, Row>, 'known' | 'readModel' | 'park'>,
): void {
  const moved: [string, Row | undefined][] = [];
  const parked: ParkedRow[] = [];
  for (const key of keys) {
    const last = folded.rows.get(key);
    // What has moved was not parked before, and is what it was made; nothing more is to be looked up.
    const hasMoved = last !== undefined || folded.rows.has(key);
    const before = hasMoved ? undefined : known.find(key);
    const aside = folded.parked.get(key) ?? before?.parked;
    if (aside !== undefined) {
      parked.push({ ...aside, waiting: aside.waiting + 1 });
      continue;
    }
    const row = hasMoved ? last : before?.row;
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
