import { timersContract } from '@tidemark/testing';
import { createMemoryTimerStorage, createMemoryTimers } from './timers.ts';

timersContract({
  name: 'memory',
  open: async () => {
    const storage = createMemoryTimerStorage();
    const openOne = async () => createMemoryTimers({ storage });
    const timers = await openOne();
    const reopen = async () => {
      await timers.close();
      return openOne();
    };
    return { timers, reopen, openSecond: openOne, close: timers.close };
  },
});
