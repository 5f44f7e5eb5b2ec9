import type { Checkpoints, EventReader, Query, Recorded, Runnable } from '@tidemark/core';
import { createCheckpointWindow } from './checkpoint-window.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { type LinkedStop, linkedStop } from './linked-stop.ts';

const EVENTS_PER_PAGE = 500;
/** Most lanes at work at a time. */
export const LANES_SIDE_BY_SIDE = 64;
/** Work begun and not done. A slow lane holds up the others only when so much waits behind it. */
const MOST_UNDONE = 1_000;

/** What an event asks for, and in which lane. */
export interface LaneWork {
  readonly lane: string;
  /** Answers whether it was done; `false` when `signal` aborted before. */
  readonly run: (signal: AbortSignal) => Promise<boolean>;
}

export interface LaneReaderParts {
  /** Of the runnable and its checkpoint. */
  readonly name: string;
  readonly store: EventReader;
  readonly checkpoints: Checkpoints;
  readonly query: Query;
  readonly workOf: (recorded: Recorded) => LaneWork | undefined;
  /** Shared with who else works in the same lanes. Its own unless given. */
  readonly lanes?: Lanes;
  /** Told how far everything has been begun, in the order of the log. */
  readonly onBegun?: (to: bigint) => void;
}

/**
 * Reads the log and does what events ask for: in order inside a lane, lanes side by side, at least once.
 * The checkpoint stays below what is undone, while reading goes on. When work fails, nothing new is
 * begun, what runs is awaited, and `run` rejects with the failure.
 *
 * @example
 * const mailer = createLaneReader({ name: 'mailer', store, checkpoints, query: [{ types: ['UserInvited'] }], workOf });
 */
export function createLaneReader(parts: LaneReaderParts): Runnable {
  return {
    name: parts.name,
    run: async (signal) => {
      const stop = linkedStop(signal);
      try {
        await readUntil(parts, stop);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        stop.unlink();
      }
    },
  };
}

async function readUntil(parts: LaneReaderParts, stop: LinkedStop): Promise<void> {
  const { name, store, checkpoints, query } = parts;
  let after = await checkpoints.load(name);
  const work = startWork(parts, after, stop);
  try {
    while (!stop.signal.aborted) {
      const page = await store.readLog({ after, limit: EVENTS_PER_PAGE, query, mayShare: true });
      for (const recorded of page.events) work.begin(recorded);
      work.scanned(page.scannedTo);
      await work.save();
      if (page.scannedTo === after) await store.awaitNews(after, stop.signal);
      after = page.scannedTo;
      await work.room();
    }
  } finally {
    stop.abort();
    await work.end();
  }
  await work.save();
  work.throwFailure();
}

interface Work {
  readonly begin: (recorded: Recorded) => void;
  readonly scanned: (to: bigint) => void;
  /** Stores how far all is done. */
  readonly save: () => Promise<void>;
  /** Resolves when there is room for another page, or all stops. */
  readonly room: () => Promise<void>;
  readonly end: () => Promise<void>;
  readonly throwFailure: () => void;
}

function startWork(parts: LaneReaderParts, from: bigint, stop: LinkedStop): Work {
  const { name, checkpoints } = parts;
  const lanes = parts.lanes ?? createLanes(LANES_SIDE_BY_SIDE);
  const window = createCheckpointWindow(from);
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let saved = from;
  let saving: Promise<void> = Promise.resolve();
  let wake = (): void => {};

  const saveOnce = async (): Promise<void> => {
    const checkpoint = window.checkpoint();
    if (checkpoint === saved) return;
    await checkpoints.save(name, checkpoint);
    saved = checkpoint;
  };
  const save = (): Promise<void> => {
    saving = saving.then(saveOnce, saveOnce);
    return saving;
  };
  const run = async (work: LaneWork, done: () => void): Promise<void> => {
    try {
      const ended = await lanes.run(work.lane, async () =>
        stop.signal.aborted ? false : work.run(stop.signal),
      );
      if (!ended) return;
      done();
      if (window.size() === 0) await save();
    } catch (error) {
      failures.push(error);
      stop.abort();
    } finally {
      wake();
    }
  };

  return {
    begin: (recorded) => {
      const work = parts.workOf(recorded);
      if (work === undefined) return;
      const one = run(work, window.begin(recorded.position)).then(() => {
        running.delete(one);
      });
      running.add(one);
    },
    scanned: (to) => {
      window.scanned(to);
      parts.onBegun?.(to);
    },
    save,
    room: async () => {
      while (window.size() >= MOST_UNDONE && !stop.signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end: async () => {
      await Promise.all(running);
    },
    throwFailure: () => {
      if (failures.length > 0) throw failures[0];
    },
  };
}
