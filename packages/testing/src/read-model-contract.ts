import { expect, test } from 'vitest';
import { readModelBuildCases } from './read-model-contract-builds.ts';
import {
  type ReadModelCase,
  type ReadModelSubject,
  TEST_SHAPE,
} from './read-model-contract-case.ts';
import { readModelCheckpointCases } from './read-model-contract-checkpoints.ts';
import { readModelFindCases } from './read-model-contract-find.ts';
import { readModelOrderCases } from './read-model-contract-order.ts';
import { readModelParkingCases } from './read-model-contract-parking.ts';
import { readModelScanCases } from './read-model-contract-scan.ts';
import { readModelSlicingCases } from './read-model-contract-slicing.ts';
import { readModelSnapshotCases } from './read-model-contract-snapshots.ts';
import { readModelTableCases } from './read-model-contract-tables.ts';
import { readModelVersionCases } from './read-model-contract-versions.ts';
import { type Contract, registerContract } from './register-contract.ts';

/** Every promise of the `ReadModelEngine`, `ReadModelTable` and `Checkpoints` ports. */
export const readModelCases: readonly ReadModelCase[] = [
  ...readModelTableCases,
  ...readModelVersionCases,
  ...readModelFindCases,
  ...readModelOrderCases,
  ...readModelCheckpointCases,
  ...readModelParkingCases,
  ...readModelSlicingCases,
  ...readModelSnapshotCases,
  ...readModelBuildCases,
  ...readModelScanCases,
];

/**
 * Registers the contract of a read model engine as Vitest tests: call it in a test file beside the engine. Each case
 * opens a subject of its own, which says what the engine can do beside the rows (`parking`, `slicing`, ...).
 *
 * @example
 * readModelContract({ name: 'memory', open: async () => openMemorySubject() });
 */
export function readModelContract(contract: Contract<ReadModelSubject>): void {
  registerContract('read model engine', readModelCases, contract);
  test(`read model engine: ${contract.name} says what it can do`, async () => {
    const subject = await contract.open();
    try {
      const { builds, snapshots, open } = subject.readModels;
      const { parking, slicing, scan } = await open(TEST_SHAPE);
      const can = { parking, slicing, scan, builds, snapshots };
      const named = Object.entries(can).flatMap(([part, has]) => (has === undefined ? [] : [part]));
      const { parking: parks, slicing: divides, builds: rebuilds, snapshots: keeps } = subject;
      const said = {
        parking: parks,
        slicing: divides,
        scan: rebuilds,
        builds: rebuilds,
        snapshots: keeps,
      };
      expect(named).toEqual(Object.entries(said).flatMap(([part, is]) => (is ? [part] : [])));
    } finally {
      await subject.close();
    }
  });
}
