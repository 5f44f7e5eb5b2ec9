import type { ReadModelEngine, ReadModelShape, ReadModelTable } from '@tidemark/core';
import { type ReadModelSubject, readModelCases, runContractCase } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { openSqliteReadModels } from './read-model-engine.ts';

type Twin = <Row extends object>(table: ReadModelTable<Row>) => ReadModelTable<Row>;

/** Sets the checkpoint without comparing it. */
const careless: Twin = (table) => ({
  ...table,
  apply: async (step) => {
    let applied: 'applied' | 'overtaken' = 'overtaken';
    while (applied === 'overtaken') {
      const from = await table.checkpoint(step.slice);
      const to = step.to > from ? step.to : from + 1n;
      applied = await table.apply({ ...step, from, to });
    }
    return applied;
  },
});

/** Writes the rows and leaves the checkpoint where it was. */
const forgetful: Twin = (table) => {
  const aside = { index: 0, count: 1_000 };
  return {
    ...table,
    apply: async (step) => {
      if ((await table.checkpoint(step.slice)) !== step.from) return 'overtaken';
      const from = await table.checkpoint(aside);
      return table.apply({ slice: aside, from, to: from + 1n, rows: step.rows });
    },
  };
};

/** Moves the checkpoint first and writes the rows afterwards, in another transaction. */
const hasty: Twin = (table) => ({
  ...table,
  apply: async (step) => {
    const moved = await table.apply({ ...step, rows: new Map() });
    if (moved === 'overtaken') return moved;
    return table.apply({ ...step, from: step.to, to: step.to + 1n });
  },
});

async function openTwin(twin: Twin): Promise<ReadModelSubject> {
  const readModels = await openSqliteReadModels(':memory:');
  const broken: ReadModelEngine = {
    ...readModels,
    open: async <Row extends object>(shape: ReadModelShape<Row>) =>
      twin(await readModels.open(shape)),
  };
  return { readModels: broken, openSecond: async () => broken, close: readModels.close };
}

const OVERTAKEN = 'a step from another checkpoint is overtaken and changes nothing';
const EXACTLY_ONE = 'of two that apply from one checkpoint exactly one is applied';
const WRITES = 'a step writes its rows and moves the checkpoint';
const WHOLE_OR_NOT = 'a step that cannot be stored as a whole changes nothing';

test.each([
  ['forgets to compare the checkpoint', careless, OVERTAKEN],
  ['forgets to compare the checkpoint', careless, EXACTLY_ONE],
  ['writes rows without the checkpoint', forgetful, WRITES],
  ['writes rows after the checkpoint', hasty, WHOLE_OR_NOT],
] as const)('a table that %s fails the contract', async (_, twin, name) => {
  await expect(runContractCase(readModelCases, name, await openTwin(twin))).rejects.toThrow();
});

test.each([OVERTAKEN, EXACTLY_ONE, WRITES, WHOLE_OR_NOT])(
  'the table they are copies of keeps the contract: %s',
  async (name) => {
    await runContractCase(readModelCases, name, await openTwin((table) => table));
  },
);
