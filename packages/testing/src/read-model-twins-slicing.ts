import { part, type ReadModelTwin, slicing, tables } from './read-model-twins-sabotage.ts';

const AT_ONCE = 'a new table is one slice and is divided at once';
const ANEW = 'slices that stand at one position are divided anew there';
const NOT_IN_FORCE = 'slices that are no longer in force are overtaken, also from the beginning';
const FOREMOST =
  'the foremost slice is held until the others have come, and nothing is divided before';
const ANOTHER = 'who asks for another division while one is to come is the one who gets it';
const IN_FORCE = 'asking for the division in force changes nothing';
const CLEARED = 'a cleared table stays divided, from the beginning';
const COUNTS = 'counts that make no sense are refused, and other tables are left alone';

/** Tables that are divided. */
export const slicingTwins: readonly ReadModelTwin[] = [
  {
    broken: 'divides a table when it is asked for the second time',
    sabotage: slicing(({ read, divide }) => {
      let asked = false;
      return {
        divide: async (count) => {
          if (asked) return divide(count);
          asked = true;
          return read();
        },
      };
    }),
    caughtBy: [AT_ONCE, ANEW],
  },
  {
    broken: 'begins anew when it is divided',
    sabotage: slicing(({ read, divide }, table) => ({
      divide: async (count) => {
        await divide(count);
        await table.clear();
        return read();
      },
    })),
    caughtBy: [ANEW, FOREMOST],
  },
  {
    broken: 'lets slices go on that are no longer in force',
    sabotage: tables((table) => ({
      apply: async (step) => {
        const applied = await table.apply(step);
        const { count } = await part(table.slicing).read();
        return count === step.slice.count ? applied : 'applied';
      },
    })),
    caughtBy: [NOT_IN_FORCE, CLEARED],
  },
  {
    broken: 'lets the foremost slice go on while the others come',
    sabotage: tables((table) => ({
      apply: async (step) => {
        const applied = await table.apply(step);
        const { next, count } = await part(table.slicing).read();
        return next !== undefined && count === step.slice.count ? 'applied' : applied;
      },
    })),
    caughtBy: [FOREMOST],
  },
  {
    broken: 'divides at the foremost slice, although the others have not come',
    sabotage: slicing(({ divide }, table) => ({
      divide: async (count) => {
        const division = await divide(count);
        if (division.next === undefined) return division;
        for (const [index, from] of division.checkpoints.entries()) {
          const slice = { index, count: division.count };
          const to = division.next.at;
          if (from < to) await table.apply({ slice, from, to, rows: new Map() });
        }
        return divide(count);
      },
    })),
    caughtBy: [FOREMOST, ANOTHER],
  },
  {
    broken: 'keeps to the division that was asked for first',
    sabotage: slicing(({ read, divide }) => ({
      divide: async (count) => divide((await read()).next?.count ?? count),
    })),
    caughtBy: [ANOTHER],
  },
  {
    broken: 'divides anew into what it is divided into',
    sabotage: slicing(({ read, divide }) => ({
      divide: async (count) => {
        const before = await read();
        const [at = 0n] = before.checkpoints;
        if (before.count !== count || before.next !== undefined) return divide(count);
        return { ...before, next: { count, at } };
      },
    })),
    caughtBy: [IN_FORCE],
  },
  {
    broken: 'is whole again when it was cleared',
    sabotage: tables((table) => ({
      clear: async () => {
        await table.clear();
        await part(table.slicing).divide(1);
      },
    })),
    caughtBy: [CLEARED],
  },
  {
    broken: 'takes the nearest count that makes sense',
    sabotage: slicing(({ divide }) => ({
      divide: (count) => divide(Math.min(256, Math.max(1, Math.floor(count) || 1))),
    })),
    caughtBy: [COUNTS],
  },
];
