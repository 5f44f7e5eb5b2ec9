import { runCallers } from '../harness/callers.ts';
import { numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { createStreams } from '../harness/streams.ts';
import { appendTurn } from './ours-appends.ts';
import { fillScattered, openStore } from './ours-store.ts';

const MIB = 1_024 ** 2;
const STREAMS = 1_000_000;
const EVENTS = 10_000_000;

/** Resident memory of a process that works on a log of many streams. It fills the log itself, and is asked while it writes. */
export async function prepareMemory(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  const count = numberOf(task, 'streams', STREAMS);
  const streams = createStreams(count);
  await fillScattered(store, streams, { events: numberOf(task, 'events', EVENTS), tagged: true });
  const turn = appendTurn(store, { streams, perAppend: 1, part: 0 });
  return {
    round: async (forMs) => {
      await runCallers(64, forMs, turn);
      const residentMb = process.memoryUsage.rss() / MIB;
      // Sized by the harness, not by the store: what it knows of each stream.
      const bookkeepingMb = (count * 5) / MIB;
      return {
        residentMb,
        note: `${bookkeepingMb.toFixed(0)} MB of it are this program's list of revisions`,
      };
    },
    close,
  };
}
