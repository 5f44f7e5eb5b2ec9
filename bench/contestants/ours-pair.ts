import type { Prepared, Task } from '../harness/contestant.ts';
import type { Figure } from '../harness/figures.ts';
import { type Side, startSide } from '../harness/side.ts';
import { openStore } from './ours-store.ts';

const PROGRAM = 'bench/contestants/ours.ts';
const PAGE = 10_000;

/** Two processes that append to one store; afterwards the log is read and must have no gap. */
export async function preparePair(task: Task): Promise<Prepared> {
  const sides: Side[] = [];
  for (const part of [1, 2]) {
    const options = { ...task.options, part };
    const ofPart = { ...task, workload: 'append', options };
    sides.push(await startSide(PROGRAM, ofPart, { profiled: false }));
  }
  return {
    round: async (forMs) => {
      const figures = await Promise.all(sides.map((side) => side.round(forMs)));
      return together(figures, await assertGapless(task));
    },
    close: async () => {
      for (const side of sides) await side.close();
    },
  };
}

function together(figures: readonly Figure[], events: number): Figure {
  const shares = figures.map(({ perSecond }) => Math.round(perSecond ?? 0));
  return {
    perSecond: figures.reduce((sum, { perSecond = 0 }) => sum + perSecond, 0),
    cpuUs: figures.reduce((sum, { cpuUs = 0 }) => sum + cpuUs, 0) / figures.length,
    note: `shares ${shares.join(' and ')}/s; ${events} events, no gap in the log`,
  };
}

async function assertGapless(task: Task): Promise<number> {
  const { store, close } = await openStore(task);
  let after = 0n;
  for (;;) {
    const { events, scannedTo } = await store.readLog({ after, limit: PAGE });
    for (const { position } of events) {
      if (position !== after + 1n) throw new Error(`after ${after} comes ${position}`);
      after = position;
    }
    if (events.length === 0 || scannedTo > after) break;
  }
  const head = await store.head();
  if (head !== after) throw new Error(`read to ${after}, the head is ${head}`);
  await close();
  return Number(after);
}
