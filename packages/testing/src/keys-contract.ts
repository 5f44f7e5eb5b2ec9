import type { KeysCase, KeysSubject } from './keys-contract-case.ts';
import { keysErasureCases } from './keys-contract-erasure.ts';
import { keysListCases } from './keys-contract-list.ts';
import { keysSealingCases } from './keys-contract-sealing.ts';
import { type Contract, registerContract } from './register-contract.ts';

/** Every promise of the `Keys` port. */
export const keysCases: readonly KeysCase[] = [
  ...keysSealingCases,
  ...keysErasureCases,
  ...keysListCases,
];

/**
 * Registers the contract of a store of personal keys as Vitest tests: call it in a test file beside it. Each case opens a
 * subject of its own; what the subject leaves out is skipped, and the report says so.
 *
 * @example
 * keysContract({ name: 'memory', open: async () => openMemorySubject() });
 */
export function keysContract(contract: Contract<KeysSubject>): void {
  registerContract('keys', keysCases, contract);
}
