import {
  type Clock,
  type Codec,
  type EventReader,
  Fault,
  type Message,
  type ParkedRow,
  type ReadModel,
  type ReadModelTable,
  sliceOf,
} from '@tidemark/core';
import { placeEvent } from './place-event.ts';
import { divisionOf } from './read-model-slice.ts';
import { parkedRowOf } from './read-model-step.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const EVENTS_PER_PAGE = 1_000;

/** The rows of a read model that were set aside, and what can be done about them. */
export interface ParkedRows {
  /** At most `limit` (1 to 1,000), those behind `after` in key order; from the first key unless given. */
  readonly list: (limit: number, after?: string) => Promise<readonly ParkedRow[]>;
  /**
   * Folds the key again, from the event that failed on. Answers `undefined` when the row now is where all others
   * are (or was not parked), else what it is parked at: the same event, or a later one. Throws what the store,
   * the codec or `key` throw, and CAPABILITY_MISSING; then nothing has changed.
   */
  readonly retry: (key: string) => Promise<ParkedRow | undefined>;
  /**
   * As `retry`, but the event that failed is left out of this row for good, until the read model is rebuilt. It has to
   * be named, so that of two who skip at once nobody skips the next one: when the row is parked at another event now,
   * nothing is left out and nothing is tried.
   */
  readonly skip: (key: string, eventId: string) => Promise<ParkedRow | undefined>;
}

interface Parts<Event extends Message, Row extends object> {
  readonly store: Pick<EventReader, 'readLog'>;
  readonly codec: Codec<Event>;
  readonly readModel: ReadModel<Event, Row>;
  /** The one in use now. */
  readonly table: () => ReadModelTable<Row>;
  readonly clock: Pick<Clock, 'now'>;
}

type RefoldParts<Event extends Message, Row extends object> = Omit<Parts<Event, Row>, 'table'> & {
  readonly table: ReadModelTable<Row>;
};

/** A key on its way from where it was parked. */
interface Refold<Row> {
  readonly key: string;
  /** Position where it was parked. */
  readonly position: bigint;
  readonly skips: boolean;
  readonly row: Row | undefined;
  /** How far the log was read. */
  readonly after: bigint;
  readonly parked: ParkedRow | undefined;
}

/** Beside the projectors of a read model, in this process or others. */
export function createParkedRows<Event extends Message, Row extends object>(
  parts: Parts<Event, Row>,
): ParkedRows {
  return {
    list: async (limit, after) => (await parts.table().parking?.list(limit, after)) ?? [],
    retry: async (key) => refold({ ...parts, table: parts.table() }, key, undefined),
    skip: async (key, eventId) => refold({ ...parts, table: parts.table() }, key, eventId),
  };
}

/**
 * While the log is read, a projector may pass over further events of the key; it counts them, so settling is
 * refused and the fold goes on to where the projector then is.
 */
async function refold<Event extends Message, Row extends object>(
  parts: RefoldParts<Event, Row>,
  key: string,
  skipped: string | undefined,
): Promise<ParkedRow | undefined> {
  const { table, readModel } = parts;
  const { parking } = table;
  if (parking === undefined) {
    throw new Fault('CAPABILITY_MISSING', `${readModel.name}: this engine cannot park rows`);
  }
  let work: Refold<Row> | undefined;
  for (;;) {
    const was = (await parking.load([key])).get(key);
    if (was === undefined) return undefined;
    const { position, eventId } = was;
    const skips = skipped !== undefined;
    if (skips && eventId !== skipped) return was;
    if (work?.position !== position) {
      const row = (await table.load([key])).get(key);
      work = { key, position, skips, row, after: position - 1n, parked: undefined };
    }
    // Read after what is parked: as far as this, every event of the key waits.
    const { count, checkpoints } = await divisionOf(table);
    work = await foldOn(parts, work, checkpoints[sliceOf(key, count)] ?? 0n);
    const becomes = work.parked && { ...work.parked, since: sinceOf(work.parked, was) };
    const settled = await parking.settle({
      rows: new Map([[key, work.row]]),
      parked: [{ key, was, becomes }],
    });
    if (settled === 'settled') return becomes;
  }
}

/** A key that fails at the same event again has been parked for as long as before. */
function sinceOf(parked: ParkedRow, was: ParkedRow): string {
  return parked.position === was.position ? was.since : parked.since;
}

async function foldOn<Event extends Message, Row extends object>(
  { store, codec, readModel, clock }: RefoldParts<Event, Row>,
  work: Refold<Row>,
  upTo: bigint,
): Promise<Refold<Row>> {
  const { key, position, skips } = work;
  const query = [{ categories: readModel.categories }];
  let { row, after, parked } = work;
  while (after < upTo) {
    const page = await store.readLog({ after, limit: EVENTS_PER_PAGE, query });
    for (const recorded of page.events) {
      if (recorded.position > upTo) break;
      if (skips && recorded.position === position) continue;
      const placed = placeEvent(codec, recorded);
      if (!readModel.key(placed).includes(key)) continue;
      if (parked !== undefined) {
        parked = { ...parked, waiting: parked.waiting + 1 };
        continue;
      }
      try {
        row = readModel.evolve(row, placed, key);
      } catch (error) {
        parked = parkedRowOf({ key, recorded, error }, clock.now());
      }
    }
    if (page.scannedTo === after) break;
    after = page.scannedTo < upTo ? page.scannedTo : upTo;
    await turnOfTheLoop();
  }
  return { ...work, row, after, parked };
}
