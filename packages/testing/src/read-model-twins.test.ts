import { createMemoryReadModelStorage, createMemoryReadModels } from '@tidemark/store-memory';
import { readModelCases } from './read-model-contract.ts';
import type { ReadModelSubject } from './read-model-contract-case.ts';
import { buildTwins } from './read-model-twins-builds.ts';
import { findTwins } from './read-model-twins-find.ts';
import { orderTwins } from './read-model-twins-order.ts';
import { parkingTwins } from './read-model-twins-parking.ts';
import type { BreakReadModels } from './read-model-twins-sabotage.ts';
import { slicingTwins } from './read-model-twins-slicing.ts';
import { storageTwins } from './read-model-twins-storage.ts';
import { tableTwins } from './read-model-twins-tables.ts';
import { registerTwins } from './twins.ts';

async function openSubject(sabotage: BreakReadModels = () => ({})): Promise<ReadModelSubject> {
  const storage = createMemoryReadModelStorage();
  const openOne = async () => {
    const readModels = createMemoryReadModels({ storage });
    return { ...readModels, ...sabotage(readModels) };
  };
  const readModels = await openOne();
  return {
    readModels,
    reopen: openOne,
    openSecond: openOne,
    parking: true,
    slicing: true,
    builds: true,
    snapshots: true,
    close: readModels.close,
  };
}

registerTwins({
  port: 'read model engine',
  cases: readModelCases,
  twins: [
    ...tableTwins,
    ...storageTwins,
    ...findTwins,
    ...orderTwins,
    ...parkingTwins,
    ...slicingTwins,
    ...buildTwins,
  ],
  open: openSubject,
});
