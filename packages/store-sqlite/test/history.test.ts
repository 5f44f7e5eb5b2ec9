import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createEventStore } from '@tidemark/runtime';
import {
  actRandomly,
  checkHistory,
  countOutcomes,
  createRandom,
  followLog,
  type HistoryCall,
  modelSeeds,
  readAll,
  readCall,
  recordCalls,
} from '@tidemark/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteEventEngine } from '../src/event-engine.ts';

const CHILD = fileURLToPath(new URL('history-child.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CLIENTS = 64;
const PROCESSES = 4;
const APPENDS = 1_000;
const [SEED = 0] = modelSeeds(1);
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-history-'));
  path = join(folder, 'events.db');
});
afterEach(() => rm(folder, { recursive: true }));

test(`${CLIENTS} clients of one engine are told what happened (SEED=${SEED})`, async () => {
  const engine = await createSqliteEventEngine(path);
  const store = createEventStore(engine);
  const calls: HistoryCall[] = [];
  const act = (client: number) =>
    actRandomly({
      name: `c${client}`,
      store: recordCalls(store, calls),
      random: createRandom(SEED + client),
      appends: 30,
    });
  await Promise.all(Array.from({ length: CLIENTS }, (_, client) => act(client)));
  expect(checkHistory(calls, await readAll(engine))).toEqual([]);
  const { appended = 0, conflict = 0, duplicate = 0 } = countOutcomes(calls);
  expect(appended + conflict + duplicate).toBe(CLIENTS * 30);
  expect(Math.min(appended, conflict, duplicate)).toBeGreaterThan(10);
  await engine.close();
});

test(`${PROCESSES} processes that append to one file, and 3 that follow it, see one order (SEED=${SEED})`, async () => {
  const calls: HistoryCall[] = [];
  const engines = await Promise.all([1, 2, 3].map(() => createSqliteEventEngine(path)));
  const ended = new AbortController();
  const tails = engines.map((engine) => {
    const store = recordCalls(createEventStore(engine), calls);
    return followLog({ reader: engine, store, writersEnded: ended.signal });
  });
  const names = Array.from({ length: PROCESSES }, (_, n) => `p${n}`);
  const told = await Promise.all(names.map(runChild)).finally(() => ended.abort());
  const seen = await Promise.all(tails);

  const log = await readAll(engines[0] as (typeof engines)[0]);
  const positions = log.map(({ position }) => position);
  for (const one of seen) expect(one).toEqual(positions);
  expect(checkHistory([...calls, ...told.flat()], log)).toEqual([]);
  const { appended = 0, conflict = 0, duplicate = 0 } = countOutcomes(told.flat());
  expect(appended + conflict + duplicate).toBe(PROCESSES * APPENDS);
  for (const engine of engines) await engine.close();
});

/** What the clients of another process were told. */
async function runChild(name: string, place: number): Promise<readonly HistoryCall[]> {
  const seed = String(SEED + place * 1_000);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', CHILD, path, name, String(APPENDS), seed],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const closed = once(child, 'close');
  const calls: HistoryCall[] = [];
  for await (const line of createInterface({ input: child.stdout })) calls.push(readCall(line));
  expect(await closed).toEqual([0, null]);
  return calls;
}
