import type { ReadModelCase, ReadModelSubject } from './read-model-contract-case.ts';
import { readModelCheckpointCases } from './read-model-contract-checkpoints.ts';
import { readModelFindCases } from './read-model-contract-find.ts';
import { readModelOrderCases } from './read-model-contract-order.ts';
import { readModelParkingCases } from './read-model-contract-parking.ts';
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
];

/**
 * Registers the contract of a read model engine as Vitest tests.
 *
 * @example
 * readModelContract({ name: 'memory', open: async () => openMemorySubject() });
 */
export function readModelContract(contract: Contract<ReadModelSubject>): void {
  registerContract('read model engine', readModelCases, contract);
}
