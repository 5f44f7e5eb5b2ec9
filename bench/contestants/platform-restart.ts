// The whole platform is killed while it takes commands, started again, and asked until it has accepted one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createEventStore } from '@tidemark/runtime';
import { createSqliteEventEngine } from '@tidemark/store-sqlite';
import { contest, numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { CAUSE, nextId } from '../harness/payload.ts';
import { SIZES } from '../harness/settings.ts';

const PROGRAM = 'platform/dist/main.js';
const FILL_EVENTS = 1_000;
const CALLERS = 64;
const KILL_AFTER_MS = 1_000;
const FLIGHT = { flightNumber: 'TM 1842', origin: 'Oslo', destination: 'Rome' };

interface Running {
  readonly url: string;
  readonly process: ChildProcess;
}

contest({ restart: prepareRestart });

/** Fills the log of flights, and starts the platform once, so that its readers begin on the large log. */
async function prepareRestart(task: Task): Promise<Prepared> {
  const dataDir = join(task.folder, 'data');
  await mkdir(dataDir, { recursive: true });
  await fillFlights(dataDir, numberOf(task, 'filled', SIZES.filled));
  await kill(await start(dataDir));
  return {
    round: async () => {
      const victim = await start(dataDir);
      const callers = Array.from({ length: CALLERS }, () => sendUntilGone(victim.url));
      await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS));
      await kill(victim);
      const accepted = (await Promise.all(callers)).reduce((sum, n) => sum + n, 0);
      const beganMs = performance.now();
      const next = await start(dataDir);
      const listensMs = performance.now() - beganMs;
      if (!(await send(next.url))) throw new Error('the first command was not accepted');
      const tookMs = performance.now() - beganMs;
      await kill(next);
      return {
        tookMs,
        note: `listens after ${Math.round(listensMs)} ms; ${accepted} commands before the kill`,
      };
    },
    close: async () => {},
  };
}

async function fillFlights(dataDir: string, events: number): Promise<void> {
  const engine = await createSqliteEventEngine(join(dataDir, 'flights.db'));
  const store = createEventStore(engine);
  for (let left = events - Number(await store.head()); left > 0; left -= FILL_EVENTS) {
    const batch = Array.from({ length: Math.min(FILL_EVENTS, left) }, () => ({
      id: nextId(),
      stream: `flight-${nextId()}` as const,
      type: 'FlightScheduled',
      schema: 1,
      data: FLIGHT,
      cause: CAUSE,
    }));
    await store.append({ events: batch, conditions: [] });
  }
  await engine.close();
}

async function start(dataDir: string): Promise<Running> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { ...process.env, DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface(child.stdout as Readable)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url !== undefined) return { url, process: child };
  }
  throw new Error('the platform did not start');
}

async function kill({ process: child }: Running): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Answers how many commands were accepted before the platform was gone. */
async function sendUntilGone(url: string): Promise<number> {
  let accepted = 0;
  try {
    while (await send(url)) accepted += 1;
  } catch {
    // Killed, as it should be.
  }
  return accepted;
}

async function send(url: string): Promise<boolean> {
  const response = await fetch(`${url}/api/flights`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(FLIGHT),
  });
  await response.arrayBuffer();
  return response.status === 201;
}
