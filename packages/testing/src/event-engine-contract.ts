import type { EngineCapabilities } from '@tidemark/core';
import { expect, test } from 'vitest';
import { appendOf, newEvents } from './event-builders.ts';
import { appendCases } from './event-engine-contract-append.ts';
import type { EventEngineCase, EventEngineSubject } from './event-engine-contract-case.ts';
import { commandCases } from './event-engine-contract-commands.ts';
import { limitCases } from './event-engine-contract-limits.ts';
import { queryCases } from './event-engine-contract-queries.ts';
import { raceCases } from './event-engine-contract-races.ts';
import { readCases } from './event-engine-contract-reads.ts';
import { storageCases } from './event-engine-contract-storage.ts';
import { tellingCases } from './event-engine-contract-telling.ts';
import { timeCases } from './event-engine-contract-time.ts';
import { verifyCases } from './event-engine-contract-verify.ts';
import { type Contract, registerContract } from './register-contract.ts';

/** Every promise of the `EventEngine` port. */
export const eventEngineCases: readonly EventEngineCase[] = [
  ...appendCases,
  ...limitCases,
  ...queryCases,
  ...commandCases,
  ...readCases,
  ...storageCases,
  ...raceCases,
  ...timeCases,
  ...tellingCases,
  ...verifyCases,
];

/** What the contract of an event engine is run against. */
export interface EventEngineContract extends Contract<EventEngineSubject> {
  /** What `capabilities` of the engine says `false` to. */
  readonly lacks?: readonly (keyof EngineCapabilities)[];
}

/**
 * Registers the contract of an event engine as Vitest tests: call it in a test file beside the engine. Each case
 * opens a subject of its own. What the engine `lacks` must be refused with CAPABILITY_MISSING; what else it cannot do,
 * and documents, stands under `deviations` and must then fail.
 *
 * @example
 * eventEngineContract({
 *   name: 'lines',
 *   open: async () => {
 *     const engine = await openLinesEngine(await newFile());
 *     return { engine, close: engine.close };
 *   },
 *   lacks: ['queries'],
 * });
 */
export function eventEngineContract(contract: EventEngineContract): void {
  registerContract('event engine', eventEngineCases, contract);
  test(`event engine: ${contract.name} says what it can do`, async () => {
    const { engine, close, tells, verifies } = await contract.open();
    try {
      expect(engine.capabilities).toEqual({ queries: !contract.lacks?.includes('queries') });
      let told = 0;
      await engine.commit([appendOf(newEvents('door-1', 2))], ({ length }) => {
        told += length;
      });
      expect(told).toBe(tells ? 2 : 0);
      expect(engine.verify !== undefined).toBe(verifies ?? false);
    } finally {
      await close();
    }
  });
}
