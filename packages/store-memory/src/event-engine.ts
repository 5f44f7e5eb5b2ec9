import { setMaxListeners } from 'node:events';
import {
  assertLogPage,
  type Clock,
  type EventEngine,
  Fault,
  type LogPage,
  type LogPageRequest,
  matches,
  type Recorded,
  type StreamName,
  type StreamRange,
} from '@tidemark/core';
import { commitBatch } from './event-engine-commit.ts';
import { createMemoryStorage, type MemoryStorage } from './event-engine-storage.ts';

const STREAM_PAGE_EVENTS = 1_000;

export interface MemoryEventEngineOptions {
  /** Shared with other engines, or kept to open another later. Its own unless given. */
  readonly storage?: MemoryStorage;
  /** For `recordedAt`. The machine's clock unless given. */
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * Events in memory: the executable definition of the port, without deviations. For tests; nothing
 * survives the process.
 *
 * @example
 * const engine = createMemoryEventEngine();
 */
export function createMemoryEventEngine(options: MemoryEventEngineOptions = {}): EventEngine {
  const storage = options.storage ?? createMemoryStorage();
  const now = options.clock?.now ?? Date.now;
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const open = () => {
    if (closing.signal.aborted) throw new Fault('STORE_UNAVAILABLE', 'the store is closed');
    return storage;
  };

  return {
    capabilities: { queries: true },
    commit: async (batch, onStored) => {
      const before = open().log.length;
      const results = commitBatch(storage, batch, timeOf(storage, now()));
      onStored?.(storage.log.slice(before));
      for (const listener of [...storage.listeners]) listener();
      return results;
    },
    readStream: (stream, range = {}) => readStream(open, stream, range),
    readLog: async (page) => readLog(open(), page),
    head: async () => headOf(open()),
    findCommand: async (commandId) => open().commands.get(commandId),
    awaitNews: (after, signal) => awaitNews(storage, after, [signal, closing.signal]),
    close: async () => closing.abort(),
  };
}

/** A clock that was set back does not count: an event is never older than the one before. */
function timeOf({ log }: MemoryStorage, nowMs: number): string {
  const now = new Date(nowMs).toISOString();
  const last = log.at(-1)?.recordedAt;
  return last === undefined || last < now ? now : last;
}

function headOf(storage: MemoryStorage): bigint {
  return BigInt(storage.log.length);
}

async function* readStream(
  open: () => MemoryStorage,
  stream: StreamName,
  { from = 0, upTo = Number.POSITIVE_INFINITY }: StreamRange,
): AsyncGenerator<readonly Recorded[]> {
  for (let next = Math.max(0, from); ; next += STREAM_PAGE_EVENTS) {
    const end = Math.min(next + STREAM_PAGE_EVENTS, upTo + 1);
    const page = open().streams.get(stream)?.slice(next, Math.max(next, end)) ?? [];
    if (page.length > 0) yield page;
    if (page.length < STREAM_PAGE_EVENTS) return;
  }
}

function readLog(storage: MemoryStorage, page: LogPageRequest): LogPage {
  assertLogPage(page);
  const { after, limit, query } = page;
  if (after >= headOf(storage)) return { events: [], scannedTo: after };
  const events: Recorded[] = [];
  let place = Number(after);
  for (; place < storage.log.length && events.length < limit; place += 1) {
    const event = storage.log[place];
    if (event === undefined) break;
    if (query === undefined || matches(query, event)) events.push(event);
  }
  return { events, scannedTo: BigInt(place) };
}

/** Any of the signals ends it. Not as one of `AbortSignal.any`, which the others would keep for as long as they live. */
function awaitNews(
  storage: MemoryStorage,
  after: bigint,
  signals: readonly AbortSignal[],
): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      if (headOf(storage) <= after && !signals.some(({ aborted }) => aborted)) return;
      storage.listeners.delete(settle);
      for (const signal of signals) signal.removeEventListener('abort', settle);
      resolve();
    };
    storage.listeners.add(settle);
    for (const signal of signals) signal.addEventListener('abort', settle);
    settle();
  });
}
