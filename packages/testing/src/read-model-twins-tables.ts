import { type ReadModelStep, WHOLE } from '@tidemark/core';
import type { TestRow } from './read-model-contract-case.ts';
import { type ReadModelTwin, tables, turn } from './read-model-twins-sabotage.ts';

const EMPTY = 'a table starts empty, at checkpoint 0';
const WRITES = 'a step writes its rows and moves the checkpoint';
const REPLACES = 'a step replaces rows and deletes those that are undefined';
const NO_ROWS = 'a step without rows moves the checkpoint';
const OVERTAKEN = 'a step from another checkpoint is overtaken and changes nothing';
const WHOLE_OR_NOT = 'a step that cannot be stored as a whole changes nothing';
const GOES_ON = 'a step that does not go on is refused';
const THOUSAND = 'a step holds a thousand rows and more';
const EXACT = 'positions beyond 2^53 are kept exactly';
const EACH_SLICE = 'each slice has a checkpoint of its own';
const ALIKE = 'keys that look alike are different rows';
const VALUES = 'rows are values: changing one that was given or answered changes nothing stored';
const EXACTLY_ONE = 'of two that apply from one checkpoint exactly one is applied';
const ONE_OF_MANY = 'of 64 that apply from one checkpoint at the same time exactly one is applied';
const ONCE = 'several that work on one table apply every position exactly once';
const STATEMENT_ROWS = 1_000;

type Rows = ReadModelStep<TestRow>['rows'];

/** Changes the rows of a step before they are written. */
const written = (change: (rows: Rows) => Rows) =>
  tables((table) => ({ apply: (step) => table.apply({ ...step, rows: change(step.rows) }) }));

/** Changes every key on its way in. */
const keyed = (change: (key: string) => string) =>
  tables((table) => ({
    apply: (step) =>
      table.apply({
        ...step,
        rows: new Map([...step.rows].map(([key, row]) => [change(key), row])),
      }),
    get: (key) => table.get(change(key)),
  }));

const rowTwins: readonly ReadModelTwin[] = [
  {
    broken: 'answers an empty row for a key that has none',
    sabotage: tables((table) => ({
      get: async (key) => (await table.get(key)) ?? ({} as TestRow),
    })),
    caughtBy: [EMPTY],
  },
  {
    broken: 'writes rows without the checkpoint',
    sabotage: tables((table) => {
      const aside = { index: 0, count: 1_000 };
      return {
        apply: async (step) => {
          if ((await table.checkpoint(step.slice)) !== step.from) return 'overtaken';
          const from = await table.checkpoint(aside);
          return table.apply({ slice: aside, from, to: from + 1n, rows: step.rows });
        },
      };
    }),
    caughtBy: [WRITES, NO_ROWS, EACH_SLICE],
  },
  {
    broken: 'leaves out a key that is asked for twice',
    sabotage: tables((table) => ({
      load: (keys) => table.load(keys.filter((key) => keys.indexOf(key) === keys.lastIndexOf(key))),
    })),
    caughtBy: [WRITES],
  },
  {
    broken: 'does not delete rows',
    sabotage: written((rows) => new Map([...rows].filter(([, row]) => row !== undefined))),
    caughtBy: [REPLACES],
  },
  {
    broken: 'keeps the fields that a new row leaves out',
    sabotage: tables((table) => ({
      apply: async (step) => {
        const before = await table.load([...step.rows.keys()]);
        const merged = [...step.rows].map(
          ([key, row]) => [key, row && { ...before.get(key), ...row }] as const,
        );
        return table.apply({ ...step, rows: new Map(merged) });
      },
    })),
    caughtBy: ['rows move in an index when they change'],
  },
  {
    broken: 'passes over a step without rows',
    sabotage: tables((table) => ({
      apply: async (step) => (step.rows.size === 0 ? 'applied' : table.apply(step)),
    })),
    caughtBy: [NO_ROWS, EXACT],
  },
  {
    broken: `writes ${STATEMENT_ROWS} rows, as many as a statement holds`,
    sabotage: written((rows) => new Map([...rows].slice(0, STATEMENT_ROWS))),
    caughtBy: [THOUSAND],
  },
  {
    broken: 'compares keys without case',
    sabotage: keyed((key) => key.toLowerCase()),
    caughtBy: [ALIKE],
  },
  {
    broken: 'compares keys in a normal form of Unicode',
    sabotage: keyed((key) => key.normalize('NFC')),
    caughtBy: [ALIKE],
  },
  {
    broken: 'cuts keys at a NUL',
    sabotage: keyed((key) => key.split('\0')[0] as string),
    caughtBy: [ALIKE],
  },
  {
    broken: 'hands out the rows that it holds in memory',
    sabotage: tables((table) => {
      const held = new Map<string, TestRow | undefined>();
      return {
        get: async (key) => {
          if (!held.has(key)) held.set(key, await table.get(key));
          return held.get(key);
        },
      };
    }),
    caughtBy: [VALUES],
  },
];

const checkpointTwins: readonly ReadModelTwin[] = [
  {
    broken: 'forgets to compare the checkpoint',
    sabotage: tables((table) => ({
      apply: async (step) => {
        let applied: 'applied' | 'overtaken' = 'overtaken';
        while (applied === 'overtaken') {
          const from = await table.checkpoint(step.slice);
          const to = step.to > from ? step.to : from + 1n;
          applied = await table.apply({ ...step, from, to });
        }
        return applied;
      },
    })),
    caughtBy: [OVERTAKEN, EXACT, EXACTLY_ONE],
  },
  {
    broken: 'takes a step from behind its checkpoint, as if the gap did not matter',
    sabotage: tables((table) => ({
      apply: async (step) => {
        const from = await table.checkpoint(step.slice);
        return table.apply(step.from > from ? { ...step, from } : step);
      },
    })),
    caughtBy: [OVERTAKEN],
  },
  {
    broken: 'moves the checkpoint first and writes the rows afterwards',
    sabotage: tables((table) => ({
      apply: async (step) => {
        const moved = await table.apply({ ...step, rows: new Map() });
        if (moved === 'overtaken') return moved;
        return table.apply({ ...step, from: step.to, to: step.to + 1n });
      },
    })),
    caughtBy: [WHOLE_OR_NOT, WRITES],
  },
  {
    broken: 'writes rows one by one, so that those before a bad one stay',
    sabotage: tables((table) => {
      const aside = { index: 0, count: 1_000 };
      return {
        apply: async (step) => {
          if ((await table.checkpoint(step.slice)) !== step.from) return 'overtaken';
          for (const row of step.rows) {
            const from = await table.checkpoint(aside);
            await table.apply({ slice: aside, from, to: from + 1n, rows: new Map([row]) });
          }
          return table.apply({ ...step, rows: new Map() });
        },
      };
    }),
    caughtBy: [WHOLE_OR_NOT],
  },
  {
    broken: 'writes the rows of a step that is overtaken',
    sabotage: tables((table) => ({
      apply: async (step) => {
        const applied = await table.apply(step);
        if (applied === 'applied') return applied;
        const from = await table.checkpoint(WHOLE);
        await table.apply({ slice: WHOLE, from, to: from + 1n, rows: step.rows });
        return 'overtaken';
      },
    })),
    caughtBy: [OVERTAKEN],
  },
  {
    broken: 'takes a step that stays where it is for done',
    sabotage: tables((table) => ({
      apply: async (step) => (step.to === step.from ? 'applied' : table.apply(step)),
    })),
    caughtBy: [GOES_ON],
  },
  {
    broken: 'keeps checkpoints as doubles',
    sabotage: tables((table) => {
      const rounded = (position: bigint) => BigInt(Number(position));
      return {
        checkpoint: async (slice) => rounded(await table.checkpoint(slice)),
        apply: (step) => table.apply({ ...step, from: rounded(step.from), to: rounded(step.to) }),
      };
    }),
    caughtBy: [EXACT],
  },
  {
    broken: 'keeps one checkpoint for all slices',
    sabotage: tables((table) => ({
      checkpoint: () => table.checkpoint(WHOLE),
      apply: (step) => table.apply({ ...step, slice: WHOLE }),
    })),
    caughtBy: [EACH_SLICE],
  },
  {
    broken: 'compares the checkpoint apart from the writing, so that two pass',
    sabotage: tables((table) => ({
      apply: async (step) => {
        if ((await table.checkpoint(step.slice)) !== step.from) return 'overtaken';
        await turn();
        const from = await table.checkpoint(step.slice);
        return table.apply({ ...step, from, to: step.to > from ? step.to : from + 1n });
      },
    })),
    caughtBy: [EXACTLY_ONE, ONE_OF_MANY, ONCE],
  },
];

/** Rows and checkpoints of one table. */
export const tableTwins: readonly ReadModelTwin[] = [...rowTwins, ...checkpointTwins];
