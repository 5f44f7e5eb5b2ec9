import { eventEngineContract } from '@tidemark/testing';
import { createMemoryEventEngine } from './event-engine.ts';
import { createMemoryStorage } from './event-engine-storage.ts';

eventEngineContract({
  name: 'memory',
  open: async () => {
    const storage = createMemoryStorage();
    const openOne = async () => createMemoryEventEngine({ storage });
    const engine = await openOne();
    return {
      engine,
      reopen: async () => {
        await engine.close();
        return openOne();
      },
      openSecond: openOne,
      close: engine.close,
    };
  },
});
