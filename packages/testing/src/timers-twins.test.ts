import { createMemoryTimerStorage, createMemoryTimers } from '@tidemark/store-memory';
import { timersCases } from './timers-contract.ts';
import type { TimersSubject } from './timers-contract-case.ts';
import { timersTwins } from './timers-twins.ts';
import type { BreakTimers } from './timers-twins-sabotage.ts';
import { registerTwins } from './twins.ts';

async function openSubject(sabotage: BreakTimers = () => ({})): Promise<TimersSubject> {
  const storage = createMemoryTimerStorage();
  const openOne = async () => {
    const timers = createMemoryTimers({ storage });
    return { ...timers, ...sabotage(timers) };
  };
  const timers = await openOne();
  return { timers, reopen: openOne, openSecond: openOne, close: timers.close };
}

registerTwins({ port: 'timers', cases: timersCases, twins: timersTwins, open: openSubject });
