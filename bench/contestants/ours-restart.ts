import { runCallers } from '../harness/callers.ts';
import { numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { SIZES } from '../harness/settings.ts';
import { type Side, SideFailed, startSide } from '../harness/side.ts';
import { createStreams } from '../harness/streams.ts';
import { appendTurn } from './ours-appends.ts';
import { fillScattered, openStore } from './ours-store.ts';

const PROGRAM = 'bench/contestants/ours.ts';
const WRITE_FOR_MS = 60_000;
const KILL_AFTER_MS = 1_000;

/** Kills a process while it appends to a large log, starts another, and waits for its first acknowledged append. */
export async function prepareRestart(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  const events = numberOf(task, 'filled', SIZES.filled);
  await fillScattered(store, createStreams(SIZES.streams), { events, tagged: true });
  await close();
  return {
    round: async () => {
      await killWriter(task);
      const beganMs = performance.now();
      const next = await start({ ...task, workload: 'first-append' });
      const { tookMs = 0, note = '' } = await next.round(0);
      const wholeMs = performance.now() - beganMs;
      await next.close();
      return {
        tookMs: wholeMs,
        note: `of it ${Math.round(tookMs)} ms for opening and appending, ${note}`,
      };
    },
    close: async () => {},
  };
}

/** Writes until it is killed; `round` dies with it. */
export async function prepareVictim(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  const streams = createStreams(SIZES.streams);
  // Streams of its own: it does not know what the log already holds.
  const turn = appendTurn(store, { streams, perAppend: 1, part: process.pid });
  return {
    round: (forMs) => {
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), KILL_AFTER_MS);
      return runCallers(64, forMs, turn);
    },
    close,
  };
}

/** Opens the store inside the measurement and appends once. */
export async function prepareFirstAppend(task: Task): Promise<Prepared> {
  let close = async (): Promise<void> => {};
  return {
    round: async () => {
      const beganMs = performance.now();
      const opened = await openStore(task);
      close = opened.close;
      const streams = createStreams(1);
      await appendTurn(opened.store, { streams, perAppend: 1, part: process.pid })();
      const tookMs = performance.now() - beganMs;
      return { tookMs, note: `${await opened.store.head()} events` };
    },
    close: () => close(),
  };
}

async function killWriter(task: Task): Promise<void> {
  const victim = await start({ ...task, workload: 'victim' });
  try {
    await victim.round(WRITE_FOR_MS);
  } catch (error) {
    if (error instanceof SideFailed) return;
    throw error;
  }
  throw new Error('the writer survived');
}

function start(task: Task): Promise<Side> {
  return startSide(PROGRAM, task, { profiled: false });
}
