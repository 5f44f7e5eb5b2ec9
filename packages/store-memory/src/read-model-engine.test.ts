import { readModelContract } from '@tidemark/testing';
import { createMemoryReadModelStorage, createMemoryReadModels } from './read-model-engine.ts';

readModelContract({
  name: 'memory',
  open: async () => {
    const storage = createMemoryReadModelStorage();
    const openOne = async () => createMemoryReadModels({ storage });
    const readModels = await openOne();
    return {
      readModels,
      reopen: async () => {
        await readModels.close();
        return openOne();
      },
      openSecond: openOne,
      parking: true,
      slicing: true,
      builds: true,
      snapshots: true,
      close: readModels.close,
    };
  },
});
