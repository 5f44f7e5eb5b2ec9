import { describe, expect, test } from 'vitest';

/** One promise of a port. Throws when the adapter breaks it, so that a broken twin can be shown to fail it. */
export interface ContractCase<Subject> {
  /** A sentence about behaviour. */
  readonly name: string;
  /** Left out where the subject cannot do this. */
  readonly needs?: keyof Subject & string;
  readonly run: (subject: Subject) => Promise<void>;
}

/** What a contract is run against. */
export interface Contract<Subject> {
  /** For the test report, for example `sqlite`. */
  readonly name: string;
  /** A fresh, empty subject for each case. */
  readonly open: () => Promise<Subject>;
  /**
   * What the adapter cannot do and says so in its documentation: names of cases (or their beginnings), with the
   * reason. Such a case must fail; one that passes is no longer a deviation.
   */
  readonly deviations?: Readonly<Record<string, string>>;
}

/** What every subject can do. */
interface Closable {
  /** Closes all and removes what was stored. */
  readonly close: () => Promise<void>;
}

/** Registers the cases of a port as Vitest tests. */
export function registerContract<Subject extends Closable>(
  port: string,
  cases: readonly ContractCase<Subject>[],
  contract: Contract<Subject>,
): void {
  const deviations = Object.entries(contract.deviations ?? {});
  describe(`${port}: ${contract.name}`, () => {
    for (const one of cases) {
      const deviation = deviations.find(([beginning]) => one.name.startsWith(beginning));
      if (deviation === undefined) {
        test(one.name, ({ skip }) => runCase(contract, one, skip));
      } else {
        test(`deviation (${deviation[1]}): not ${one.name}`, async ({ skip }) => {
          await expect(runCase(contract, one, skip)).rejects.toThrow();
        });
      }
    }
    test.each(deviations)('the deviation "%s" is one of the contract', (beginning) => {
      expect(cases.some((one) => one.name.startsWith(beginning))).toBe(true);
    });
  });
}

/** Runs the case of that name against a subject, without a test around it: to show that a broken twin fails it. */
export async function runContractCase<Subject extends Closable>(
  cases: readonly ContractCase<Subject>[],
  name: string,
  subject: Subject,
): Promise<void> {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no case is named "${name}"`);
  try {
    await found.run(subject);
  } finally {
    await subject.close();
  }
}

async function runCase<Subject extends Closable>(
  contract: Contract<Subject>,
  one: ContractCase<Subject>,
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
