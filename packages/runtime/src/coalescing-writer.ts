import {
  type AppendRequest,
  type AppendResult,
  assertWithinLimits,
  type EventEngine,
  type EventStore,
  Fault,
  isFault,
} from '@tidemark/core';
import { createBatchIndependence } from './batch-independence.ts';
import { weigh } from './weigh.ts';

/** Rough characters of data in one commit: enough to share an fsync, little enough not to delay it. */
const MAX_BATCH_WEIGHT = 1_024 * 1_024;
/** Requests looked at for one batch; bounds the work when thousands wait for the same stream. */
const MAX_SCANNED = 4_000;
/** A store that fails so often in a row is down; the rest of the batch is not tried one by one. */
const MAX_STORE_FAILURES = 3;

/** What it takes of an engine. */
type Committer = Pick<EventEngine, 'capabilities' | 'commit'>;

interface Waiting {
  readonly request: AppendRequest;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns an engine's `commit` into `append`: while one batch commits, the next one forms from what is
 * queued and independent. One commit is in flight at a time; requests of one stream or command id keep
 * their order. There is no timer: a batch forms when the event loop has handed out the input that is
 * already there, so an append that comes alone is committed at once.
 */
export function createCoalescingWriter(
  engine: Committer,
  maxBatchEvents: number,
): EventStore['append'] {
  let queue: Waiting[] = [];
  let busy = false;

  const wake = (): void => {
    if (busy || queue.length === 0) return;
    busy = true;
    // Not a microtask: an engine that commits on this thread would then never see the other
    // requests whose input is waiting in the same turn of the event loop.
    setImmediate(() => void commitNext());
  };
  const commitNext = async (): Promise<void> => {
    const { batch, rest } = takeBatch(queue, maxBatchEvents);
    queue = rest;
    await commitBatch(engine, batch);
    busy = false;
    wake();
  };

  return (request) =>
    new Promise((resolve, reject) => {
      assertWithinLimits(request);
      assertCapable(engine, request);
      queue.push({ request, resolve, reject });
      wake();
    });
}

function assertCapable(engine: Committer, request: AppendRequest): void {
  if (engine.capabilities.queries) return;
  if (request.conditions.every((condition) => 'stream' in condition)) return;
  throw new Fault('CAPABILITY_MISSING', 'this engine has no `nothingMatches` conditions', {
    facts: { capability: 'queries' },
  });
}

function takeBatch(
  queue: Waiting[],
  maxEvents: number,
): { readonly batch: readonly Waiting[]; readonly rest: Waiting[] } {
  if (queue.length === 1) return { batch: queue, rest: [] };
  const independence = createBatchIndependence();
  const batch: Waiting[] = [];
  const rest: Waiting[] = [];
  let events = 0;
  let weight = 0;
  let scanned = 0;
  for (const waiting of queue) {
    if (events >= maxEvents || weight >= MAX_BATCH_WEIGHT || scanned >= MAX_SCANNED) break;
    scanned += 1;
    const { request } = waiting;
    const fits = batch.length === 0 || events + request.events.length <= maxEvents;
    if (!fits) independence.holdBack(request);
    if (!fits || !independence.admit(request)) {
      rest.push(waiting);
      continue;
    }
    batch.push(waiting);
    events += request.events.length;
    weight += weightOf(request);
  }
  for (let index = scanned; index < queue.length; index += 1) rest.push(queue[index] as Waiting);
  return { batch, rest };
}

function weightOf({ events }: AppendRequest): number {
  try {
    return events.reduce((sum, { data }) => sum + weigh(data), 0);
  } catch {
    // What holds itself, or is too deep, cannot be stored either: the engine says so, to its caller alone.
    return MAX_BATCH_WEIGHT;
  }
}

/** Never rejects: each request of the batch gets its own answer. */
async function commitBatch(engine: Committer, batch: readonly Waiting[]): Promise<void> {
  try {
    const results = await engine.commit(batch.map(({ request }) => request));
    batch.forEach((waiting, place) => {
      answer(waiting, results[place]);
    });
  } catch (error) {
    if (batch.length === 1 || isFault(error, 'OUTCOME_UNKNOWN')) rejectAll(batch, error);
    else await commitOneByOne(engine, batch);
  }
}

/** A batch fails as a whole when one request cannot be stored; alone, each gets its own error. */
async function commitOneByOne(engine: Committer, batch: readonly Waiting[]): Promise<void> {
  let failuresInARow = 0;
  for (const [place, waiting] of batch.entries()) {
    try {
      const [result] = await engine.commit([waiting.request]);
      answer(waiting, result);
      failuresInARow = 0;
    } catch (error) {
      waiting.reject(error);
      failuresInARow = isStoreDown(error) ? failuresInARow + 1 : 0;
      if (failuresInARow < MAX_STORE_FAILURES) continue;
      rejectAll(
        batch.slice(place + 1),
        // These were not sent again, so their outcome is known whatever happened to the last one.
        isFault(error, 'OUTCOME_UNKNOWN')
          ? new Fault('STORE_UNAVAILABLE', 'the store did not answer others', { cause: error })
          : error,
      );
      return;
    }
  }
}

function isStoreDown(error: unknown): boolean {
  return (
    isFault(error, 'STORE_UNAVAILABLE') ||
    isFault(error, 'STORE_FULL') ||
    isFault(error, 'OUTCOME_UNKNOWN')
  );
}

function answer(waiting: Waiting, result: AppendResult | undefined): void {
  if (result !== undefined) waiting.resolve(result);
  else waiting.reject(new Fault('OUTCOME_UNKNOWN', 'the engine answered too few requests'));
}

function rejectAll(batch: readonly Waiting[], error: unknown): void {
  for (const waiting of batch) waiting.reject(error);
}
