// The code that the guide shows, run.
import { createHash } from 'node:crypto';
import {
  appendFile,
  type FileHandle,
  mkdtemp,
  open,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type AppendRequest,
  type AppendResult,
  assertLogPage,
  assertWithinLimits,
  type Condition,
  type EventEngine,
  Fault,
  matches,
  type Query,
  type Receipt,
  type Recorded,
  type StreamName,
  toStoredJson,
} from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import { appendOf, eventEngineContract, newEvent } from '@tidemark/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const PAGE_EVENTS = 500;
const SUM_LENGTH = 64;

/** A batch as it stands in the file: one line, so that it is there whole or not at all. */
interface Line {
  readonly recordedAt: string;
  readonly requests: readonly Pick<AppendRequest, 'commandId' | 'fingerprint' | 'events'>[];
}

/** All lines, read and put in order. */
interface Log {
  readonly events: Recorded[];
  readonly streams: Map<StreamName, Recorded[]>;
  readonly receipts: Map<string, Receipt>;
}

const sumOf = (json: string): string => createHash('sha256').update(json).digest('hex');

/** What is handed out cannot be changed by whom it is handed to. */
function parseLine(line: string): Line {
  const json = line.slice(SUM_LENGTH + 1);
  if (line !== `${sumOf(json)} ${json}`) {
    throw new Fault('LOG_CORRUPT', 'a line does not match its checksum');
  }
  return JSON.parse(json, (_key, part) => Object.freeze(part)) as Line;
}

/** Puts the requests of a line behind all that there is. Answers what was stored of each. */
function place(log: Log, { recordedAt, requests }: Line): readonly Receipt[] {
  return requests.map(({ commandId, fingerprint, events }) => {
    const revisions: Record<StreamName, number> = {};
    for (const event of events) {
      const stream = log.streams.get(event.stream) ?? [];
      const position = BigInt(log.events.length + 1);
      const recorded = Object.freeze({ ...event, revision: stream.length, position, recordedAt });
      log.streams.set(event.stream, stream);
      revisions[event.stream] = stream.push(recorded) - 1;
      log.events.push(recorded);
    }
    const position = BigInt(log.events.length);
    const receipt = { position, revisions, ...(fingerprint !== undefined && { fingerprint }) };
    if (commandId !== undefined) log.receipts.set(commandId, receipt);
    return receipt;
  });
}

/** A clock may be set back; the times of a log never fall. */
function timeBehind({ events }: Log, nowMs: number): string {
  const now = new Date(nowMs).toISOString();
  const last = events.at(-1)?.recordedAt ?? now;
  return [last, now].sort().at(-1) ?? now;
}

/** What stands against storing a request: its id is known, or a condition does not hold. */
function refusalOf(log: Log, { commandId, conditions }: AppendRequest): AppendResult | undefined {
  const first = commandId === undefined ? undefined : log.receipts.get(commandId);
  if (first !== undefined) return { kind: 'duplicate', first };
  for (const condition of conditions) {
    if (!('stream' in condition)) continue;
    const { length } = log.streams.get(condition.stream) ?? [];
    const actual = length === 0 ? 'none' : length - 1;
    const holds = condition.revision === 'some' ? actual !== 'none' : actual === condition.revision;
    if (!holds) return { kind: 'conflict', condition, actual };
  }
  return undefined;
}

function assertStorable(request: AppendRequest): void {
  assertWithinLimits(request);
  request.conditions.forEach(assertNoQuery);
  for (const { type, data } of request.events) toStoredJson(data, type);
}

function assertNoQuery(condition: Condition): void {
  if ('stream' in condition) return;
  throw new Fault('CAPABILITY_MISSING', 'this engine has no conditions on queries');
}

function assertNoTags(query: Query = []): void {
  if (query.every(({ tags }) => tags === undefined)) return;
  throw new Fault('CAPABILITY_MISSING', 'this engine has no index of tags');
}

/** The lines of a file. What was not written to its end was never acknowledged, and goes. */
async function readLines(file: FileHandle): Promise<readonly Line[]> {
  const text = await file.readFile('utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  await file.truncate(Buffer.byteLength(whole));
  return whole.split('\n').slice(0, -1).map(parseLine);
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, 'a+');
  // A new file is on the disk once its folder is.
  const folder = await open(dirname(path));
  await folder.sync();
  await folder.close();
  return file;
}

/**
 * Events in one file of JSON lines, each batch synced before it is answered. For one process: the file is read once,
 * when it is opened, and kept in memory.
 */
async function openLinesEngine(path: string, now = Date.now): Promise<EventEngine> {
  const file = await openFile(path);
  const log: Log = { events: [], streams: new Map(), receipts: new Map() };
  for (const line of await readLines(file)) place(log, line);
  return createLinesEngine(file, log, now);
}

function createLinesEngine(file: FileHandle, log: Log, now = Date.now): EventEngine {
  const waiting = new Set<() => void>();
  const head = () => BigInt(log.events.length);
  let last: Promise<unknown> = Promise.resolve();
  let ended: string | undefined;
  const assertOpen = (): void => {
    if (ended !== undefined) throw new Fault('STORE_UNAVAILABLE', ended);
  };
  const wakeAll = (): void => {
    for (const wake of [...waiting]) wake();
  };

  const write = async (line: Line): Promise<readonly Receipt[]> => {
    const json = JSON.stringify(line);
    const text = `${sumOf(json)} ${json}`;
    try {
      await file.appendFile(`${text}\n`);
      await file.datasync();
    } catch (cause) {
      // Nobody knows how much of it is on the disk. The next opening finds out.
      ended = 'a write failed: open the file again';
      throw new Fault('OUTCOME_UNKNOWN', ended, { cause });
    }
    return place(log, parseLine(text));
  };

  const commit = async (batch: readonly AppendRequest[]): Promise<readonly AppendResult[]> => {
    assertOpen();
    batch.forEach(assertStorable);
    const refusals = batch.map((request) => refusalOf(log, request));
    const requests = batch
      .filter((_, at) => refusals[at] === undefined)
      .map(({ conditions: _, ...request }) => request);
    const recordedAt = timeBehind(log, now());
    const receipts = requests.length === 0 ? [] : [...(await write({ recordedAt, requests }))];
    wakeAll();
    return refusals.map(
      (refusal) => refusal ?? { kind: 'appended', ...(receipts.shift() as Receipt) },
    );
  };

  return {
    capabilities: { queries: false },
    // One batch after the other: what a condition looks at stays as it is until the batch is stored.
    commit: (batch) => {
      const mine = last.then(() => commit(batch));
      last = mine.catch(() => undefined);
      return mine;
    },
    async *readStream(stream, { from = 0, upTo = Number.POSITIVE_INFINITY } = {}) {
      assertOpen();
      const events = log.streams.get(stream)?.slice(Math.max(0, from), Math.max(0, upTo + 1)) ?? [];
      for (let at = 0; at < events.length; at += PAGE_EVENTS) {
        yield events.slice(at, at + PAGE_EVENTS);
      }
    },
    readLog: async (page) => {
      assertOpen();
      assertLogPage(page);
      const { after, limit, query } = page;
      assertNoTags(query);
      if (after >= head()) return { events: [], scannedTo: after };
      const events: Recorded[] = [];
      let at = Number(after);
      for (; at < log.events.length && events.length < limit; at += 1) {
        const event = log.events[at] as Recorded;
        if (query === undefined || matches(query, event)) events.push(event);
      }
      return { events, scannedTo: BigInt(at) };
    },
    head: async () => {
      assertOpen();
      return head();
    },
    findCommand: async (commandId) => {
      assertOpen();
      return log.receipts.get(commandId);
    },
    awaitNews: (after, signal) =>
      new Promise((resolve) => {
        const settle = () => {
          if (head() <= after && !signal.aborted && ended === undefined) return;
          waiting.delete(settle);
          signal.removeEventListener('abort', settle);
          resolve();
        };
        waiting.add(settle);
        signal.addEventListener('abort', settle);
        settle();
      }),
    close: async () => {
      if (ended === 'the file is closed') return;
      await last;
      ended = 'the file is closed';
      wakeAll();
      await file.close();
    },
  };
}

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-lines-'));
  path = join(folder, 'events.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

eventEngineContract({
  name: 'lines',
  open: async () => {
    let atMs: number | undefined;
    const now = () => atMs ?? Date.now();
    const engine = await openLinesEngine(path, now);
    let newest = engine;
    return {
      engine,
      reopen: async () => {
        await engine.close();
        newest = await openLinesEngine(path, now);
        return newest;
      },
      setClock: async (nowMs) => {
        atMs = nowMs;
      },
      close: () => newest.close(),
    };
  },
  lacks: ['queries'],
});

test('a store over it takes appends of many callers at the same time', async () => {
  const engine = await openLinesEngine(path);
  const store = createEventStore(engine);
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, n) => store.append(appendOf([newEvent(`door-${n}`)]))),
  );
  expect(results.every(({ kind }) => kind === 'appended')).toBe(true);
  expect((await readFile(path, 'utf8')).trimEnd().split('\n').length).toBeLessThan(10);
  await engine.close();
});

test('a line that was cut by a crash was never acknowledged, and is gone', async () => {
  const engine = await openLinesEngine(path);
  await engine.commit([appendOf([newEvent('door-1')])]);
  await engine.close();
  await appendFile(path, '0f3a {"recordedAt":"20');
  const again = await openLinesEngine(path);
  expect(await again.head()).toBe(1n);
  await again.commit([appendOf([newEvent('door-1')])]);
  await again.close();
  const third = await openLinesEngine(path);
  expect(await third.head()).toBe(2n);
  await third.close();
});

test('a line that was changed is a fault, wherever it was changed', async () => {
  const engine = await openLinesEngine(path);
  await engine.commit([appendOf([newEvent('door-1')])]);
  await engine.close();
  const line = await readFile(path);
  for (const at of [0, SUM_LENGTH, SUM_LENGTH + 20, line.length - 3]) {
    const changed = Buffer.from(line);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(path, changed);
    await expect(openLinesEngine(path)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  }
});

test('when a write fails, nobody is told that it was stored, and nothing is written behind it', async () => {
  await writeFile(path, '');
  const file = await open(path, 'r');
  const log = { events: [], streams: new Map(), receipts: new Map() };
  const engine = createLinesEngine(file, log);
  const request = appendOf([newEvent('door-1')], [], { commandId: 'command-1' });
  await expect(engine.commit([request])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  await expect(engine.commit([request])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await expect(engine.head()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await engine.close();
});
