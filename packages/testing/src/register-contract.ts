import { describe, expect, test } from 'vitest';

/** One promise of a port. Throws when the adapter breaks it, so that a broken twin can be shown to fail it. */
export interface ContractCase<Subject> {
  /** A sentence about behaviour, unlike any other of its contract. */
  readonly name: string;
  /** Left out where the subject cannot do this, or one of these. */
  readonly needs?: Part<Subject> | readonly Part<Subject>[];
  /** Named where an adapter may declare that it cannot do this; then it must be refused with CAPABILITY_MISSING. */
  readonly capability?: string;
  readonly run: (subject: Subject) => Promise<void>;
}

type Part<Subject> = keyof Subject & string;

/** What a contract is run against. */
export interface Contract<Subject> {
  /** For the test report, for example `sqlite`. */
  readonly name: string;
  /** A fresh, empty subject for each case. */
  readonly open: () => Promise<Subject>;
  /**
   * What the adapter cannot do and says so in its documentation: names of cases, with the reason. Such a case
   * must fail; one that passes is no longer a deviation.
   */
  readonly deviations?: Readonly<Record<string, string>>;
  /** Capabilities that the adapter declares not to have. */
  readonly lacks?: readonly string[];
}

/** What every subject can do. */
export interface Closable {
  /** Closes all and removes what was stored. */
  readonly close: () => Promise<void>;
}

/** Registers the cases of a port as Vitest tests. */
export function registerContract<Subject extends Closable>(
  port: string,
  cases: readonly ContractCase<Subject>[],
  contract: Contract<Subject>,
): void {
  const { name, lacks = [], deviations = {} } = contract;
  describe(`${port}: ${name}`, () => {
    for (const one of cases) registerCase(contract, one);
    test.each(Object.keys(deviations))('the deviation "%s" is one of the contract', (deviation) => {
      expect(cases.map((one) => one.name)).toContain(deviation);
    });
    test.each(lacks)('"%s" is a capability of the contract', (capability) => {
      expect(cases.map((one) => one.capability)).toContain(capability);
    });
  });
}

function registerCase<Subject extends Closable>(
  contract: Contract<Subject>,
  one: ContractCase<Subject>,
): void {
  const { capability, name } = one;
  const deviation = contract.deviations?.[name];
  if (capability !== undefined && contract.lacks?.includes(capability)) {
    test(`refused for want of ${capability}: ${name}`, async ({ skip }) => {
      const refused = { code: 'CAPABILITY_MISSING' };
      await expect(runCase(contract, one, skip)).rejects.toMatchObject(refused);
    });
  } else if (deviation !== undefined) {
    test(`deviation (${deviation}): not ${name}`, async ({ skip }) => {
      await expect(runCase(contract, one, skip)).rejects.toThrow();
    });
  } else {
    test(name, ({ skip }) => runCase(contract, one, skip));
  }
}

/** What the case needs and the subject has not. */
export function missingParts<Subject>(
  { needs = [] }: ContractCase<Subject>,
  subject: Subject,
): readonly string[] {
  return [needs].flat().filter((part) => subject[part as Part<Subject>] === undefined);
}

async function runCase<Subject extends Closable>(
  contract: Contract<Subject>,
  one: ContractCase<Subject>,
  skip: (reason: string) => void,
): Promise<void> {
  const subject = await contract.open();
  try {
    const missing = missingParts(one, subject);
    if (missing.length > 0) skip(`${contract.name} has no ${missing.join(', ')}`);
    await one.run(subject);
  } finally {
    await subject.close();
  }
}
