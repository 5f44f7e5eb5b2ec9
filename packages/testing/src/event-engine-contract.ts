import { describe, expect, test } from 'vitest';
import { appendCases } from './event-engine-contract-append.ts';
import type { EventEngineCase, EventEngineSubject } from './event-engine-contract-case.ts';
import { commandCases } from './event-engine-contract-commands.ts';
import { queryCases } from './event-engine-contract-queries.ts';
import { readCases } from './event-engine-contract-reads.ts';
import { storageCases } from './event-engine-contract-storage.ts';

/** Every promise of the `EventEngine` port. */
export const eventEngineCases: readonly EventEngineCase[] = [
  ...appendCases,
  ...queryCases,
  ...commandCases,
  ...readCases,
  ...storageCases,
];

export interface EventEngineContract {
  /** For the test report, for example `sqlite`. */
  readonly name: string;
  /** A fresh, empty store for each case. */
  readonly open: () => Promise<EventEngineSubject>;
  /**
   * What the engine cannot do and says so in its documentation: names of cases (or their beginnings), with the
   * reason. Such a case must fail; one that passes is no longer a deviation.
   */
  readonly deviations?: Readonly<Record<string, string>>;
}

/**
 * Registers the contract of an event engine as Vitest tests.
 *
 * @example
 * eventEngineContract({ name: 'memory', open: async () => openMemorySubject() });
 */
export function eventEngineContract(contract: EventEngineContract): void {
  const deviations = Object.entries(contract.deviations ?? {});
  describe(`event engine: ${contract.name}`, () => {
    for (const one of eventEngineCases) {
      const deviation = deviations.find(([beginning]) => one.name.startsWith(beginning));
      if (deviation === undefined) {
        test(one.name, (context) => runCase(contract, one, context.skip));
      } else {
        test(`deviation (${deviation[1]}): not ${one.name}`, async ({ skip }) => {
          await expect(runCase(contract, one, skip)).rejects.toThrow();
        });
      }
    }
    test.each(deviations)('the deviation "%s" is one of the contract', (beginning) => {
      expect(eventEngineCases.some((one) => one.name.startsWith(beginning))).toBe(true);
    });
  });
}

async function runCase(
  contract: EventEngineContract,
  one: EventEngineCase,
  skip: (reason: string) => void,
): Promise<void> {
  const subject = await contract.open();
  try {
    if (one.needs !== undefined && subject[one.needs] === undefined) {
      skip(`${contract.name} has no ${one.needs}`);
    }
    await one.run(subject);
  } finally {
    await subject.close();
  }
}
