import { eventEngineContract } from '@tidemark/testing';
import { createMemoryEventEngine } from './event-engine.ts';
import { createMemoryStorage } from './event-engine-storage.ts';

eventEngineContract({
  name: 'memory',
  open: async () => {
    const storage = createMemoryStorage();
    let atMs: number | undefined;
    const clock = { now: () => atMs ?? Date.now() };
    const openOne = async () => createMemoryEventEngine({ storage, clock });
    const engine = await openOne();
    return {
      engine,
      reopen: async () => {
        await engine.close();
        return openOne();
      },
      openSecond: openOne,
      tells: true,
      setClock: async (nowMs) => {
        atMs = nowMs;
      },
      close: engine.close,
    };
  },
});
