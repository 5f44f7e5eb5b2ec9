import type { BusCase, BusSubject } from './bus-contract-case.ts';
import { busDeliveryCases } from './bus-contract-delivery.ts';
import { busRecoveryCases } from './bus-contract-recovery.ts';
import { type Contract, registerContract } from './register-contract.ts';

/** Every promise of the `MessageBus` port. */
export const busCases: readonly BusCase[] = [...busDeliveryCases, ...busRecoveryCases];

/**
 * Registers the contract of a message bus as Vitest tests.
 *
 * @example
 * busContract({ name: 'log', open: async () => openLogSubject() });
 */
export function busContract(contract: Contract<BusSubject>): void {
  registerContract('message bus', busCases, contract);
}
