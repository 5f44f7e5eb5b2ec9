// A million pending timers on SQLite: how long a process manager takes to start beside them, what it costs
// while none is due, and how fast those that come due are found. Run: npx tsx bench/timers.ts [timers]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Clock,
  createCodec,
  type EventEngine,
  type Logger,
  type MessagesOf,
  type Process,
  storedAs,
  type Timer,
  type Timers,
} from '@tidemark/core';
import {
  createEventStore,
  createMemoryKeys,
  createProcessManager,
  createSystemClock,
} from '@tidemark/runtime';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import {
  createSqliteEventEngine,
  openSqliteReadModels,
  openSqliteTimers,
} from '@tidemark/store-sqlite';
import { median } from './harness/figures.ts';

const TIMERS = Number(process.argv[2] ?? 1_000_000);
const PAGE = 10_000;
/** The collector tidies up after a million timers for one or two of them. */
const IDLE_SECONDS = 7;
const DAY_MS = 86_400_000;

type Input = MessagesOf<{ Late: { id: string } }>;
const inputs = createCodec<Input>({ Late: storedAs({ parse: (data) => data as never }) });
const late: Process<Input, null, never> = {
  name: 'late',
  initialState: null,
  evolve: () => null,
  correlate: ({ data }) => data.id,
  react: () => [],
};
const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silent,
};

function timerOf(n: number, dueAtMs: number): Timer {
  const body = { type: 'Late', schema: 1, data: { id: String(n) } };
  const cause = { correlationId: 'c', causationId: 'c', actor: 'late' };
  return {
    id: `${n}`,
    dueAtMs,
    owner: 'late',
    input: { instance: String(n), body, cause },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-timers-'));
const path = join(folder, 'service.db');
const clock = createSystemClock();

const filling = await openSqliteTimers(path);
const filledFromMs = performance.now();
for (let n = 0; n < TIMERS; n += PAGE) {
  // Due somewhere in the year that begins tomorrow, in no order.
  const dueAtMs = (of: number) => clock.now() + DAY_MS + ((of * 7_919) % 365) * DAY_MS;
  const page = Array.from({ length: Math.min(PAGE, TIMERS - n) }, (_, at) =>
    timerOf(n + at, dueAtMs(n + at)),
  );
  await filling.set(page);
}
const perSecond = Math.round((TIMERS * 1_000) / (performance.now() - filledFromMs));
await filling.close();
console.log(`set        ${TIMERS} timers, ${PAGE} at a time: ${perSecond}/s`);

/** Runs a process manager with that log beside the timers, until it has nothing left to do and for a while after. */
async function measureIdle(engine: EventEngine, timers: Timers) {
  const readModels = await openSqliteReadModels(join(folder, 'service.read.db'));
  const stop = new AbortController();
  let asleep: () => void = () => undefined;
  const sleeps = new Promise<void>((resolve) => {
    asleep = resolve;
  });
  const sleep: Clock['sleep'] = (forMs, signal) => {
    asleep();
    return clock.sleep(forMs, signal);
  };
  const running = createProcessManager<Input, Input, null, never>({
    ...{ store: createEventStore(engine), keys: createMemoryKeys(), timers, inputs, process: late },
    source: { categories: ['door'], codec: inputs },
    toInput: () => undefined,
    send: async () => undefined,
    checkpoints: readModels.checkpoints,
    onFailure: { retries: 0, backoffMs: 1, giveUp: 'stop' },
    clock: { ...clock, sleep },
    log: silent,
  }).run(stop.signal);
  await sleeps;
  const asleepAtMs = performance.now();
  const percents: number[] = [];
  for (let second = 0; second < IDLE_SECONDS; second += 1) percents.push(await percentOfASecond());
  stop.abort();
  await running;
  await readModels.close();
  return { asleepAtMs, percent: median(percents) ?? 0 };
}

async function percentOfASecond(): Promise<number> {
  const before = process.cpuUsage();
  const beganMs = performance.now();
  await delay(1_000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - beganMs);
}

const startedFromMs = performance.now();
const engine = await createSqliteEventEngine(path);
const timers = await openSqliteTimers(path);
const watched = await measureIdle(engine, timers);
const startMs = watched.asleepAtMs - startedFromMs;
await engine.close();
const { percent } = await measureIdle(createMemoryEventEngine(), timers);
console.log(`start      ${startMs.toFixed(0)} ms until nothing is left to do (below 2000)`);
console.log(
  `idle       ${percent.toFixed(2)} % of a processor in the median of ${IDLE_SECONDS} seconds (below 1)`,
);
console.log(
  `           ${watched.percent.toFixed(2)} % with a log on SQLite, which looks for news of other processes`,
);

const DUE = 1_000;
const now = clock.now();
await timers.set(Array.from({ length: DUE }, (_, n) => timerOf(TIMERS + n, now)));
const askedFromMs = performance.now();
const found = await timers.due({ owner: 'late', nowMs: now, limit: DUE });
console.log(
  `due        ${found.length} of them found in ${(performance.now() - askedFromMs).toFixed(1)} ms`,
);

await timers.close();
rmSync(folder, { recursive: true });
if (startMs >= 2_000 || percent >= 1) process.exitCode = 1;
