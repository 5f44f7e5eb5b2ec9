import { parkingContract } from '@tidemark/testing';
import { createMemoryParking, createMemoryParkingStorage } from './parking.ts';

parkingContract({
  name: 'memory',
  open: async () => {
    const storage = createMemoryParkingStorage();
    const openOne = async () => createMemoryParking({ storage });
    const parking = await openOne();
    const reopen = async () => {
      await parking.close();
      return openOne();
    };
    return { parking, reopen, openSecond: openOne, close: parking.close };
  },
});
