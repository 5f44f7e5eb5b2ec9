import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EventEngine,
  isFault,
  type Query,
  type Receipt,
  type Recorded,
  type StreamName,
} from '@tidemark/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteEventEngine } from '../src/event-engine.ts';
import { openSqlite, readPragma } from '../src/open-sqlite.ts';
import { resultCodeOf } from '../src/sqlite-faults.ts';
import { crashRequests } from './crash-requests.ts';

/** Of the bytes that hold something and of those that are 0, every n-th; in the long form each. */
const [STEP, EMPTY_STEP] = process.env.FLIPPED_BYTES === 'all' ? [1, 1] : [7, 997];
const requests = crashRequests.slice(0, 3);
const streams = [...new Set(requests.flatMap(({ events }) => events.map(({ stream }) => stream)))];
/** A fixed time, so that every run flips the same bytes of the same file. */
const WRITTEN_AT_MS = 1_800_000_000_000;
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-bytes-'));
  path = join(folder, 'events.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** What one way of reading gave; `undefined` when it ended in a fault. */
type Answer = readonly Recorded[] | Receipt | bigint | undefined;

interface Reading {
  readonly answers: readonly Answer[];
  readonly faults: readonly unknown[];
  /** Places of the answers that are faults. */
  readonly failed: ReadonlySet<number>;
}

/** Asks in every way. Each way for itself, since one that fails must not hide what another would have said. */
async function readEverything(): Promise<Reading> {
  const engine = await createSqliteEventEngine(path);
  const page = async (query: Query) =>
    (await engine.readLog({ after: 0n, limit: 100, query })).events;
  const ways: (() => Promise<Answer>)[] = [
    engine.head,
    () => page([{}]),
    ...streams.map((stream) => () => readStream(engine, stream)),
    ...requests.flatMap(({ commandId = '' }) => [
      () => engine.findCommand(commandId),
      () => page([{ tags: [`n:${commandId.slice(-1)}`] }]),
    ]),
  ];
  const answers: Answer[] = [];
  const faults = new Map<number, unknown>();
  for (const [place, way] of ways.entries()) {
    answers.push(
      await way().catch((error: unknown) => {
        faults.set(place, error);
        return undefined;
      }),
    );
  }
  await engine.close();
  return { answers, faults: [...faults.values()], failed: new Set(faults.keys()) };
}

async function readStream(engine: EventEngine, stream: StreamName): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for await (const some of engine.readStream(stream)) events.push(...some);
  return events;
}

function isRefusal(error: unknown): boolean {
  return (
    isFault(error, 'LOG_CORRUPT') ||
    isFault(error, 'STORE_UNAVAILABLE') ||
    isFault(error, 'CONFIGURATION_INVALID')
  );
}

type Verdict = 'harmless' | 'found' | 'hidden' | `wrong: ${string}`;

/** What a damaged file answered, beside what it answered before. */
function judge(damaged: Reading, intact: Reading): Verdict {
  const stranger = damaged.faults.find((fault) => !isRefusal(fault));
  if (stranger !== undefined) return `wrong: threw ${stranger}`;
  let verdict: Verdict = damaged.faults.length > 0 ? 'found' : 'harmless';
  for (const [place, answer] of damaged.answers.entries()) {
    const wanted = intact.answers[place];
    if (damaged.failed.has(place) || toText(answer) === toText(wanted)) continue;
    if (!isLess(answer, wanted)) return `wrong: way ${place} of reading answered ${toText(answer)}`;
    verdict = 'hidden';
  }
  return verdict;
}

/** A stream that ends early, or a command that is not found: what a damaged index of SQLite's leads to. */
function isLess(answer: Answer, wanted: Answer): boolean {
  if (answer === undefined) return true;
  if (!Array.isArray(answer) || !Array.isArray(wanted)) return false;
  return toText(answer) === toText(wanted.slice(0, answer.length));
}

/** SQLite compares its indexes with its tables only when it is asked to. */
async function isFoundByCheck(): Promise<boolean> {
  const database = await openSqlite(path);
  try {
    return readPragma(database, 'integrity_check') !== 'ok';
  } finally {
    database.close();
  }
}

function toText(answer: Answer): string {
  return JSON.stringify(answer ?? null, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

// A page of SQLite's has no checksum, so that an index can lose an entry without a sign: the stream or command is then
// not found, which no row can contradict. `PRAGMA integrity_check` sees it. Rows themselves are never wrong.
test('a flipped byte anywhere in the file is never answered as data, and found by reading or by checking', async () => {
  const engine = await createSqliteEventEngine(path, { clock: { now: () => WRITTEN_AT_MS } });
  await engine.commit(requests);
  await engine.close();
  const file = await readFile(path);
  const intact = await readEverything();
  expect(intact.faults).toEqual([]);

  const wrong: string[] = [];
  const tally = { harmless: 0, found: 0, hidden: 0, refused: 0 };
  for (const at of placesOf(file)) {
    const verdict = await judgeFlipped(file, at, intact);
    if (verdict in tally) tally[verdict as keyof typeof tally] += 1;
    else wrong.push(`byte ${at} ${verdict}`);
  }
  console.log(`of ${file.length} bytes: ${JSON.stringify(tally)}, wrong ${wrong.length}`);
  expect(wrong).toEqual([]);
  expect(Math.min(tally.found, tally.refused, tally.harmless)).toBeGreaterThan(5);
}, 3_600_000);

async function judgeFlipped(
  file: Buffer,
  at: number,
  intact: Reading,
): Promise<Verdict | 'refused'> {
  const damaged = Buffer.from(file);
  damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
  for (const end of ['-wal', '-shm']) await rm(`${path}${end}`, { force: true });
  await writeFile(path, damaged);
  try {
    const verdict = judge(await readEverything(), intact);
    if (verdict !== 'hidden' || (await isFoundByCheck())) return verdict;
    return 'wrong: hides something, and no check finds it';
  } catch (error) {
    // With a damaged schema SQLite itself cannot prepare a statement.
    const isOfSqlite = resultCodeOf(error) !== undefined;
    return isRefusal(error) || isOfSqlite ? 'refused' : `wrong: opening threw ${error}`;
  }
}

function placesOf(file: Buffer): readonly number[] {
  const all = [...file.keys()];
  const full = all.filter((at) => file[at] !== 0).filter((_, n) => n % STEP === 0);
  return [...full, ...all.filter((at) => file[at] === 0).filter((_, n) => n % EMPTY_STEP === 0)];
}
