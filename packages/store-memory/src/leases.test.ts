import { leasesContract } from '@tidemark/testing';
import { createMemoryLeases } from './leases.ts';

leasesContract({
  name: 'memory',
  open: async () => {
    const leases = createMemoryLeases();
    return { leases, close: leases.close };
  },
});
