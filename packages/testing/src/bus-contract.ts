import type { BusCase, BusSubject } from './bus-contract-case.ts';
import { busDeliveryCases } from './bus-contract-delivery.ts';
import { busRecoveryCases } from './bus-contract-recovery.ts';
import { busReplayCases } from './bus-contract-replay.ts';
import { type Contract, registerContract } from './register-contract.ts';

/** Every promise of the `MessageBus` port. */
export const busCases: readonly BusCase[] = [
  ...busDeliveryCases,
  ...busRecoveryCases,
  ...busReplayCases,
];

/**
 * Registers the contract of a message bus as Vitest tests: call it in a test file beside it. Each case opens a
 * subject of its own; what the subject leaves out is skipped, and the report says so.
 *
 * @example
 * busContract({ name: 'log', open: async () => openLogSubject() });
 */
export function busContract(contract: Contract<BusSubject>): void {
  registerContract('message bus', busCases, contract);
}
