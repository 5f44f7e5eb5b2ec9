import { keysContract } from '@tidemark/testing';
import { createMemoryKeys } from './memory-keys.ts';

keysContract({
  name: 'process memory',
  open: async () => {
    const keys = createMemoryKeys();
    return { keys, close: keys.close };
  },
});
