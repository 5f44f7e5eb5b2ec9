import {
  type Codec,
  type Division,
  type EventReader,
  type Message,
  type ParkedRow,
  type ReadModel,
  type ReadModelTable,
  type Recorded,
  type ScannedRows,
  sliceOf,
} from '@tidemark/core';
import { placeEvent } from './place-event.ts';
import { foremostOf, lowestOf } from './projector.ts';
import { parkedRowOf } from './read-model-step.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const EVENTS_PER_PAGE = 1_000;
/** A build that is further behind is waited for, because every page would read so much of the log again. */
const MOST_EVENTS_BETWEEN = 10_000n;

/** The rows of one build in a range of keys. */
export interface RangeOfRows<Row> {
  readonly rows: Map<string, Row>;
  readonly parked: Map<string, Pick<ParkedRow, 'position'>>;
}

/** The same range of keys of two builds, at one position. */
export interface ScannedPair<Row> {
  readonly one: RangeOfRows<Row>;
  readonly other: RangeOfRows<Row>;
  /** Key behind which the next range begins; `undefined`: this was the last. */
  readonly last: string | undefined;
}

export interface PairParts<Event extends Message, Row extends object> {
  readonly store: Pick<EventReader, 'readLog'>;
  readonly codec: Codec<Event>;
  readonly readModel: Pick<ReadModel<Event, Row>, 'categories' | 'key' | 'evolve'>;
  readonly one: ReadModelTable<Row>;
  readonly other: ReadModelTable<Row>;
  /** Most rows of each. */
  readonly limit: number;
}

/**
 * Reads the next range of keys of both builds as they are at one position. The two are read one after the other while
 * both go on, so each is folded on, in memory, to where the foremost slice of either stood. Answers `apart` when that
 * would be too far.
 */
export async function scanPair<Event extends Message, Row extends object>(
  parts: PairParts<Event, Row>,
  after: string | undefined,
): Promise<ScannedPair<Row> | 'apart'> {
  const { limit } = parts;
  const scans = [
    await scan(parts.one, after, limit),
    await scan(parts.other, after, limit),
  ] as const;
  const checkpoints = scans.flatMap(({ division }) => division.checkpoints);
  const from = lowestOf(checkpoints);
  const to = foremostOf(checkpoints);
  if (to - from > MOST_EVENTS_BETWEEN) return 'apart';
  const last = endOf(scans, limit);
  const isInRange = (key: string): boolean => isBehind(key, after) && !isBehind(key, last, false);
  const ranges = scans.map((scanned) => rangeOf(scanned, isInRange)) as [Ranged<Row>, Ranged<Row>];
  await eachEvent(parts, { from, to }, (recorded) => {
    for (const range of ranges) foldInto(parts, { ...range, isInRange }, recorded);
  });
  return { one: ranges[0], other: ranges[1], last };
}

type Ranged<Row> = RangeOfRows<Row> & { readonly division: Division };

async function scan<Row extends object>(
  table: ReadModelTable<Row>,
  after: string | undefined,
  limit: number,
): Promise<ScannedRows<Row>> {
  if (table.scan === undefined) throw new TypeError('an engine with builds has tables with scan');
  return table.scan(after, limit);
}

/** The last key up to which both were read: a full page may leave out keys behind its last one. */
function endOf<Row>(scans: readonly ScannedRows<Row>[], limit: number): string | undefined {
  let end: string | undefined;
  for (const { rows } of scans) {
    const last = rows.length < limit ? undefined : rows.at(-1)?.[0];
    if (last !== undefined && (end === undefined || isBehind(end, last))) end = last;
  }
  return end;
}

function rangeOf<Row>(
  { rows, parked, division }: ScannedRows<Row>,
  isInRange: (key: string) => boolean,
): Ranged<Row> {
  return {
    rows: new Map(rows.filter(([key]) => isInRange(key))),
    parked: new Map(parked.filter(({ key }) => isInRange(key)).map((row) => [row.key, row])),
    division,
  };
}

/** As engines sort: by the bytes of UTF-8. `whenOpen`: the answer for a bound that is not there. */
function isBehind(key: string, bound: string | undefined, whenOpen = true): boolean {
  if (bound === undefined) return whenOpen;
  return Buffer.compare(Buffer.from(key), Buffer.from(bound)) > 0;
}

async function eachEvent<Event extends Message, Row extends object>(
  { store, readModel }: PairParts<Event, Row>,
  { from, to }: { readonly from: bigint; readonly to: bigint },
  take: (recorded: Recorded) => void,
): Promise<void> {
  const query = [{ categories: readModel.categories }];
  for (let after = from; after < to; ) {
    const page = await store.readLog({ after, limit: EVENTS_PER_PAGE, query });
    for (const recorded of page.events) if (recorded.position <= to) take(recorded);
    if (page.scannedTo === after) return;
    after = page.scannedTo;
    await turnOfTheLoop();
  }
}

/** What the projector of that build would do, or did already where its slice stands further. */
function foldInto<Event extends Message, Row extends object>(
  { codec, readModel }: PairParts<Event, Row>,
  range: Ranged<Row> & { readonly isInRange: (key: string) => boolean },
  recorded: Recorded,
): void {
  const { rows, parked, division, isInRange } = range;
  const { count, checkpoints } = division;
  const placed = placeEvent(codec, recorded);
  for (const key of new Set(readModel.key(placed))) {
    const stands = checkpoints[sliceOf(key, count)] ?? 0n;
    if (recorded.position <= stands || parked.has(key) || !isInRange(key)) continue;
    try {
      const next = readModel.evolve(rows.get(key), placed, key);
      // As it would be stored and read again.
      if (next === undefined) rows.delete(key);
      else rows.set(key, JSON.parse(JSON.stringify(next)) as Row);
    } catch (error) {
      parked.set(key, parkedRowOf({ key, recorded, error }, 0));
    }
  }
}
