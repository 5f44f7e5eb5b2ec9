import type { LogPage, Message, Placed, ReadModel, ReadModelTable, Recorded } from '@tidemark/core';

/** What a page of the log makes of the rows it touches. */
export interface FoldedPage<Row> {
  /** Only rows that changed; `undefined` deletes. */
  readonly rows: ReadonlyMap<string, Row | undefined>;
  /** How far it got: the page's end, or just before the event that failed. */
  readonly to: bigint;
}

/** Where and why folding could not go on. */
interface Failure {
  readonly recorded: Recorded;
  readonly error: unknown;
}

interface Keyed<Event extends Message> {
  readonly recorded: Recorded;
  readonly placed: Placed<Event>;
  readonly keys: readonly string[];
}

/** Carries the event that a read model could not handle. */
export class UnhandledEvent extends Error {
  readonly recorded: Recorded;

  constructor(recorded: Recorded, cause: unknown) {
    super(`event ${recorded.position} (${recorded.type}) of ${recorded.stream}`, { cause });
    this.name = 'UnhandledEvent';
    this.recorded = recorded;
  }
}

/**
 * Loads the rows a page touches and folds the page over them. When an event cannot be handled, what is
 * before it still counts. @throws UnhandledEvent when that is the first event.
 */
export async function foldPage<Event extends Message, Row extends object>(
  page: LogPage,
  parts: {
    readonly place: (recorded: Recorded) => Placed<Event>;
    readonly readModel: Pick<ReadModel<Event, Row>, 'key' | 'evolve'>;
    readonly table: Pick<ReadModelTable<Row>, 'load'>;
  },
): Promise<FoldedPage<Row>> {
  const { readModel, table } = parts;
  const { keyed, failure: keyFailure } = keyEvents(page.events, parts);
  const touched = new Set(keyed.flatMap(({ keys }) => keys));
  const loaded = touched.size === 0 ? new Map<string, Row>() : await table.load([...touched]);
  const { rows, failure: foldFailure } = foldRows(keyed, loaded, readModel);
  const failure = foldFailure ?? keyFailure;
  if (failure === undefined) return { rows, to: page.scannedTo };
  if (failure.recorded === page.events[0]) {
    throw new UnhandledEvent(failure.recorded, failure.error);
  }
  return { rows, to: failure.recorded.position - 1n };
}

function keyEvents<Event extends Message, Row extends object>(
  events: readonly Recorded[],
  parts: {
    readonly place: (recorded: Recorded) => Placed<Event>;
    readonly readModel: Pick<ReadModel<Event, Row>, 'key'>;
  },
): { readonly keyed: readonly Keyed<Event>[]; readonly failure?: Failure } {
  const keyed: Keyed<Event>[] = [];
  for (const recorded of events) {
    try {
      const placed = parts.place(recorded);
      keyed.push({ recorded, placed, keys: parts.readModel.key(placed) });
    } catch (error) {
      return { keyed, failure: { recorded, error } };
    }
  }
  return { keyed };
}

function foldRows<Event extends Message, Row extends object>(
  keyed: readonly Keyed<Event>[],
  loaded: ReadonlyMap<string, Row>,
  readModel: Pick<ReadModel<Event, Row>, 'evolve'>,
): { readonly rows: ReadonlyMap<string, Row | undefined>; readonly failure?: Failure } {
  const rows = new Map<string, Row | undefined>();
  for (const { recorded, placed, keys } of keyed) {
    // An event concerns several rows; all of them move on, or none.
    const moved: [string, Row | undefined][] = [];
    try {
      for (const key of new Set(keys)) {
        const row = rows.has(key) ? rows.get(key) : loaded.get(key);
        const next = readModel.evolve(row, placed, key);
        if (next !== row) moved.push([key, next]);
      }
    } catch (error) {
      return { rows, failure: { recorded, error } };
    }
    for (const [key, next] of moved) rows.set(key, next);
  }
  return { rows };
}
