import { describe, expect, test } from 'vitest';
import { type Closable, type ContractCase, missingParts } from './register-contract.ts';

/** An adapter made wrong in one way, and the cases of its contract that notice. */
export interface Twin<Sabotage> {
  /** What is wrong, as it goes on from "one that": `forgets command ids`. A mistake that somebody could make. */
  readonly broken: string;
  /** Makes it so of an adapter that keeps the contract. */
  readonly sabotage: Sabotage;
  /** Names of cases, in full. */
  readonly caughtBy: readonly string[];
}

/** A contract and its twins. */
export interface TwinRun<Subject extends Closable, Sabotage> {
  /** For the test report, for example `event engine`. */
  readonly port: string;
  readonly cases: readonly ContractCase<Subject>[];
  readonly twins: readonly Twin<Sabotage>[];
  /** A fresh subject that can do everything, in memory; broken when sabotage is given. */
  readonly open: (sabotage?: Sabotage) => Promise<Subject>;
}

/** In memory a case is done after some turns of the event loop; one that is not waits for ever. */
const MOST_TURNS = 2_000;

/**
 * Registers the test of a contract itself: the intact adapter keeps every case, each twin fails the cases that claim
 * to catch it, and every case is claimed by a twin, so that no case is one that cannot fail.
 */
export function registerTwins<Subject extends Closable, Sabotage>(
  run: TwinRun<Subject, Sabotage>,
): void {
  const { port, cases, twins, open } = run;
  describe(`the contract "${port}"`, () => {
    test.each(cases.map((one) => [one.name, one] as const))(
      'is kept by the intact one: %s',
      async (_, one) => {
        expect(await outcomeOf(one, await open())).toBe('kept');
      },
    );

    const broken = twins.map((twin) => [twin.broken, twin] as const);
    describe.each(broken)('one that %s', (_, { sabotage, caughtBy }) => {
      test.each(caughtBy)('is caught by: %s', async (name) => {
        const outcome = await outcomeOf(caseNamed(cases, name), await open(sabotage));
        expect(['failed', 'waits for ever']).toContain(outcome);
      });
    });

    test('has names of its own for all cases and twins', () => {
      const names = [...cases.map(({ name }) => name), ...twins.map(({ broken }) => broken)];
      expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
      expect(twins.filter(({ caughtBy }) => caughtBy.length === 0)).toEqual([]);
    });

    test('has no case that catches nothing', () => {
      const catching = new Set(twins.flatMap(({ caughtBy }) => caughtBy));
      const idle = cases.map(({ name }) => name).filter((name) => !catching.has(name));
      expect(idle, `${idle.length} of ${cases.length} cases are caught by no twin`).toEqual([]);
    });
  });
}

function caseNamed<Subject>(
  cases: readonly ContractCase<Subject>[],
  name: string,
): ContractCase<Subject> {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no case is named "${name}"`);
  return found;
}

async function outcomeOf<Subject extends Closable>(
  one: ContractCase<Subject>,
  subject: Subject,
): Promise<string> {
  const missing = missingParts(one, subject);
  if (missing.length > 0) throw new Error(`the subject of the twins has no ${missing.join(', ')}`);
  let outcome: string | undefined;
  one.run(subject).then(
    () => {
      outcome = 'kept';
    },
    (error: unknown) => {
      // What a twin answers is wrong; that it trips over itself shows nothing.
      outcome = error instanceof TypeError ? `the twin itself is broken: ${error.stack}` : 'failed';
    },
  );
  for (let turns = 0; turns < MOST_TURNS && outcome === undefined; turns += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  // What waits for ever is left alone: closing it could set it going.
  if (outcome === undefined) return 'waits for ever';
  void subject.close().catch(() => undefined);
  return outcome;
}
