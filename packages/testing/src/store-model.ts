import {
  type AppendRequest,
  type AppendResult,
  type EventEngine,
  isFault,
  matches,
  type QueryCondition,
  type Recorded,
  type StreamName,
} from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import { expect } from 'vitest';
import { readWhole, readWholeLog } from './event-engine-contract-case.ts';
import { createRandom, type Random } from './store-model-random.ts';
import {
  type Known,
  MODEL_COMMANDS,
  MODEL_STREAMS,
  randomBatch,
  randomPlace,
  randomQuery,
  randomRange,
  randomReadStream,
  randomRequest,
  wrongRequest,
} from './store-model-requests.ts';

/** One random history. */
export interface StoreModelRun {
  readonly seed: number;
  /** Steps of the history, 1 or more. */
  readonly steps: number;
  /** The engine that defines what is right, on an empty store. */
  readonly model: EventEngine;
  /** Opens the engine under test; called again, with the same storage, when the history closes and reopens it. */
  readonly open: () => Promise<EventEngine>;
  /** Set where several may have the storage open at once: the history then goes on over two engines, by turns. */
  readonly beside?: true;
  /** Shell command that repeats one seed, for example `npm test -- packages/store-sqlite/test/model`. */
  readonly repeatWith: string;
}

/** How often each answer was compared, so that a test can tell that its histories were not idle. */
export interface StoreModelCounts {
  appended: number;
  duplicate: number;
  conflict: number;
  refused: number;
  reads: number;
  reopened: number;
  /** Turns from one engine to the other; 0 where there is one. */
  turned: number;
}

/** A history under way. */
interface Walk {
  readonly random: Random;
  readonly known: Known;
  readonly model: EventEngine;
  tested: EventEngine;
  /** Has the same storage open. */
  other: EventEngine | undefined;
  readonly open: () => Promise<EventEngine>;
  readonly counts: StoreModelCounts;
}

type Step = (walk: Walk) => Promise<void>;

const STEPS: readonly (readonly [share: number, what: string, step: Step])[] = [
  [30, 'commit', commitBatch],
  [15, 'append through the coalescing writer', appendTogether],
  [5, 'commit what must be refused', commitWrong],
  [15, 'read a stream', readStream],
  [20, 'read the log', readLog],
  [10, 'find a command', findCommand],
  [5, 'reopen', reopen],
];
const TURNS = 0.3;

/**
 * Walks one random history over two engines and compares every answer: results, positions, revisions, conflicts,
 * receipts, reads, and at the end everything there is. Of a conflict on a query any matching position is right,
 * and a page may look less far than the model's. Closes the engines under test, not the model.
 *
 * @throws what differs, with the step and the command that repeats it.
 *
 * @example
 * await runStoreModel({ seed, steps: 60, model: createMemoryEventEngine(), open, repeatWith: 'npm test -- model' });
 */
export async function runStoreModel(run: StoreModelRun): Promise<StoreModelCounts> {
  const none = { appended: 0, duplicate: 0, conflict: 0, refused: 0 };
  const counts: StoreModelCounts = { ...none, reads: 0, reopened: 0, turned: 0 };
  const { model, open } = run;
  const random = createRandom(run.seed);
  const known = { log: [], streams: new Map() };
  const other = run.beside && (await open());
  const walk: Walk = { random, known, model, open, tested: await open(), other, counts };
  let what = 'open';
  let step = 0;
  try {
    for (; step < run.steps; step += 1) {
      const [, name, work] = drawStep(random);
      what = name;
      takeTurns(walk);
      await work(walk);
      expect(await walk.tested.head()).toBe(await model.head());
    }
    what = 'compare all';
    await compareAll(walk);
  } catch (cause) {
    const repeat = `SEED=${run.seed} ${run.repeatWith}`;
    throw new Error(`step ${step} (${what}) differs: ${cause}\nrepeat it with: ${repeat}`, {
      cause,
    });
  } finally {
    await walk.tested.close();
    await walk.other?.close();
  }
  return counts;
}

function drawStep(random: Random): (typeof STEPS)[number] {
  let rest = random.whole(1, 100);
  for (const step of STEPS) {
    rest -= step[0];
    if (rest <= 0) return step;
  }
  throw new Error('the shares of the steps are not 100 together');
}

function takeTurns(walk: Walk): void {
  const { tested, other, random, counts } = walk;
  if (other === undefined || !random.chance(TURNS)) return;
  walk.tested = other;
  walk.other = tested;
  counts.turned += 1;
}

async function commitBatch(walk: Walk): Promise<void> {
  const batch = randomBatch(walk.random, walk.known);
  const wanted = await walk.model.commit(batch);
  const found = await walk.tested.commit(batch);
  await learn(walk);
  compareResults(walk, wanted, found);
  await readBeside(walk);
}

/** All in one turn, so that both writers form the same batches. */
async function appendTogether(walk: Walk): Promise<void> {
  const { random, known } = walk;
  const requests = Array.from({ length: random.whole(1, 12) }, () => randomRequest(random, known));
  const maxBatchEvents = random.pick([1, 4, 1_000]);
  const appendAll = (engine: EventEngine) => {
    const store = createEventStore(engine, { maxBatchEvents });
    return Promise.all(requests.map((request) => store.append(request)));
  };
  const [wanted, found] = [await appendAll(walk.model), await appendAll(walk.tested)];
  await learn(walk);
  compareResults(walk, wanted, found);
  await readBeside(walk);
}

async function commitWrong({ random, known, model, tested, counts }: Walk): Promise<void> {
  const batch: readonly AppendRequest[] = [randomRequest(random, known), wrongRequest(random)];
  for (const engine of [model, tested]) {
    const fault = await engine.commit(batch).catch((error: unknown) => error);
    expect(isFault(fault, 'EVENT_INVALID'), `${fault}`).toBe(true);
  }
  counts.refused += 1;
}

async function readStream({ random, known, model, tested, counts }: Walk): Promise<void> {
  const stream = randomReadStream(random, known);
  const range = randomRange(random);
  const wanted = await readWhole(model, stream, range);
  expect(timeless(await readWhole(tested, stream, range))).toEqual(timeless(wanted));
  counts.reads += 1;
}

/** What one engine has written, another sees at once. */
async function readBeside({ random, known, model, other, counts }: Walk): Promise<void> {
  const newest = known.log.at(-1);
  if (other === undefined || newest === undefined || random.chance(0.5)) return;
  const wanted = await readWhole(model, newest.stream);
  expect(timeless(await readWhole(other, newest.stream))).toEqual(timeless(wanted));
  counts.reads += 1;
}

async function readLog({ random, known, model, tested, counts }: Walk): Promise<void> {
  const after = randomPlace(random, known);
  const query = random.chance(0.8) ? { query: randomQuery(random) } : {};
  const limit = random.pick([1, 2, 3, 10, 10_000]);
  const page = await tested.readLog({ after, limit, ...query });
  expect(page.events.length).toBeLessThanOrEqual(limit);
  const head = await model.head();
  expect(page.scannedTo >= after && (page.scannedTo > after || after >= head)).toBe(true);
  expect(page.scannedTo <= head || page.scannedTo === after).toBe(true);
  const all = await model.readLog({ after, limit: 10_000, ...query });
  const wanted = all.events.filter(({ position }) => position <= page.scannedTo);
  expect(timeless(page.events)).toEqual(timeless(wanted));
  const rest = await readWholeLog(tested, { after, limit, ...query });
  expect(timeless(rest)).toEqual(timeless(all.events));
  counts.reads += 1;
}

async function findCommand({ random, model, tested, counts }: Walk): Promise<void> {
  const id = random.chance(0.1) ? 'command-never' : random.pick(MODEL_COMMANDS);
  expect(await tested.findCommand(id)).toEqual(await model.findCommand(id));
  counts.reads += 1;
}

async function reopen(walk: Walk): Promise<void> {
  await walk.tested.close();
  walk.tested = await walk.open();
  walk.counts.reopened += 1;
}

function compareResults(
  { counts, known }: Walk,
  wanted: readonly AppendResult[],
  found: readonly AppendResult[],
): void {
  expect(found).toHaveLength(wanted.length);
  for (const [place, result] of wanted.entries()) {
    counts[result.kind] += 1;
    const other = found[place];
    if (result.kind !== 'conflict' || 'stream' in result.condition) {
      expect(other).toEqual(result);
      continue;
    }
    expect(other).toMatchObject({ kind: 'conflict', condition: result.condition });
    if (other?.kind === 'conflict')
      expect(isMatch(known, result.condition, other.actual)).toBe(true);
  }
}

/** Whether that position holds an event that the condition forbids. */
function isMatch({ log }: Known, condition: QueryCondition, actual: unknown): boolean {
  if (typeof actual !== 'bigint' || actual <= condition.after) return false;
  const event = log[Number(actual) - 1];
  return event !== undefined && matches(condition.nothingMatches, event);
}

/** Moves what the generator knows to the model's log. */
async function learn({ model, known }: Walk): Promise<void> {
  const log = known.log as Recorded[];
  const streams = known.streams as Map<StreamName, Recorded[]>;
  const { events } = await model.readLog({ after: BigInt(log.length), limit: 10_000 });
  for (const event of events) {
    log.push(event);
    streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  }
}

async function compareAll({ model, tested }: Walk): Promise<void> {
  expect(timeless(await readWholeLog(tested))).toEqual(timeless(await readWholeLog(model)));
  for (const stream of MODEL_STREAMS) {
    const wanted = timeless(await readWhole(model, stream));
    expect(timeless(await readWhole(tested, stream))).toEqual(wanted);
  }
  for (const id of MODEL_COMMANDS) {
    expect(await tested.findCommand(id)).toEqual(await model.findCommand(id));
  }
}

/** Without the time, by which stores may differ; it only has to be one. */
function timeless(events: readonly Recorded[]): readonly Omit<Recorded, 'recordedAt'>[] {
  return events.map(({ recordedAt, ...event }) => {
    expect(recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return event;
  });
}
