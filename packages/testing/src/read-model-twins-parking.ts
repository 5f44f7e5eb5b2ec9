import type { ParkedChange, ParkedRow, ReadModelParking } from '@tidemark/core';
import type { TestRow } from './read-model-contract-case.ts';
import { parking, part, type ReadModelTwin, tables, turn } from './read-model-twins-sabotage.ts';

const PARKS = 'a step parks keys together with its rows and its checkpoint';
const OVERTAKEN = 'a step that is overtaken parks nothing';
const OTHERWISE =
  'a step that was made while a key was parked otherwise is overtaken and changes nothing';
const SETTLES = 'settling changes rows and what is parked, and leaves the checkpoint';
const SETTLED_LATE = 'settling what has changed in the meantime is overtaken and changes nothing';
const EXACTLY_ONE = 'of two that settle one key exactly one is settled';
const LISTED = 'parked rows are listed in key order, page by page, each table for itself';
const CLEARING = 'clearing removes what is parked';
const REOPENED = 'what is parked is there after opening again';

type Parking = ReadModelParking<TestRow>;

/** The same changes, of what is parked now. */
async function asItIs(
  { load }: Pick<Parking, 'load'>,
  changes: readonly ParkedChange[],
): Promise<readonly ParkedChange[]> {
  const is = await load(changes.map(({ key }) => key));
  return changes.map((change) => ({ ...change, was: is.get(change.key) }));
}

/** Rows that are set aside. */
export const parkingTwins: readonly ReadModelTwin[] = [
  {
    broken: 'forgets what a step parks',
    sabotage: tables((table) => ({
      apply: ({ parked: _, ...step }) => table.apply(step),
    })),
    caughtBy: [PARKS, OTHERWISE],
  },
  {
    broken: 'keeps the position of what is parked as a double',
    sabotage: tables((table) => {
      const rounded = (row: ParkedRow) => ({ ...row, position: BigInt(Number(row.position)) });
      return {
        apply: ({ parked = [], ...step }) =>
          table.apply({
            ...step,
            parked: parked.map((one) => ({ ...one, becomes: one.becomes && rounded(one.becomes) })),
          }),
      };
    }),
    caughtBy: [PARKS],
  },
  {
    broken: 'parks before it compares the checkpoint',
    sabotage: tables((table) => ({
      apply: async ({ parked = [], ...step }) => {
        const parks = await part(table.parking).settle({ rows: new Map(), parked });
        return parks === 'overtaken' ? parks : table.apply(step);
      },
    })),
    caughtBy: [OVERTAKEN],
  },
  {
    broken: 'does not compare what is parked when it applies a step',
    sabotage: tables((table) => ({
      apply: async (step) =>
        table.apply({ ...step, parked: await asItIs(part(table.parking), step.parked ?? []) }),
    })),
    caughtBy: [OTHERWISE],
  },
  {
    broken: 'compares whether a key is parked, and not as it is',
    sabotage: tables((table) => ({
      apply: async ({ parked = [], ...step }) => {
        const now = await asItIs(part(table.parking), parked);
        const same = now.every(({ was }, at) => (was === undefined) === !parked[at]?.was);
        return same ? table.apply({ ...step, parked: now }) : 'overtaken';
      },
    })),
    caughtBy: [OTHERWISE],
  },
  {
    broken: 'settles the rows and leaves them parked',
    sabotage: parking(({ settle }) => ({
      settle: ({ rows, parked }) =>
        settle({ rows, parked: parked.filter(({ becomes }) => becomes !== undefined) }),
    })),
    caughtBy: [SETTLES, EXACTLY_ONE],
  },
  {
    broken: 'settles what is parked and forgets the rows',
    sabotage: parking(({ settle }) => ({
      settle: ({ parked }) => settle({ rows: new Map(), parked }),
    })),
    caughtBy: [SETTLES, EXACTLY_ONE],
  },
  {
    broken: 'does not compare what is parked when it settles',
    sabotage: parking(({ settle, load }) => ({
      settle: async ({ rows, parked }) => settle({ rows, parked: await asItIs({ load }, parked) }),
    })),
    caughtBy: [SETTLED_LATE],
  },
  {
    broken: 'compares what is parked apart from settling it, so that two pass',
    sabotage: parking(({ settle, load }) => ({
      settle: async ({ rows, parked }) => {
        const is = await load(parked.map(({ key }) => key));
        const same = parked.every(({ key, was }) => is.get(key)?.waiting === was?.waiting);
        await turn();
        if (!same) return 'overtaken';
        return settle({ rows, parked: await asItIs({ load }, parked) });
      },
    })),
    caughtBy: [EXACTLY_ONE],
  },
  {
    broken: 'lists what is parked in the order in which it was parked',
    sabotage: parking(({ list, settle }) => {
      const order: string[] = [];
      return {
        settle: (settlement) => {
          order.push(...settlement.parked.map(({ key }) => key));
          return settle(settlement);
        },
        list: async (limit, after) => {
          const all = [...(await list(1_000))];
          all.sort((one, other) => order.indexOf(one.key) - order.indexOf(other.key));
          const from = after === undefined ? 0 : all.findIndex(({ key }) => key === after) + 1;
          return all.slice(from, from + limit);
        },
      };
    }),
    caughtBy: [LISTED],
  },
  {
    broken: 'begins a page of what is parked with the last of the page before',
    sabotage: parking(({ list }) => ({
      list: async (limit, after) => {
        const page = await list(limit, after);
        return after === undefined ? page : [...(await list(1)), ...page].slice(0, limit);
      },
    })),
    caughtBy: [LISTED],
  },
  {
    broken: 'clears the rows and leaves what is parked',
    sabotage: tables((table) => ({
      clear: async () => {
        const left = await part(table.parking).list(1_000);
        await table.clear();
        const parked = left.map((one) => ({ key: one.key, was: undefined, becomes: one }));
        await part(table.parking).settle({ rows: new Map(), parked });
      },
    })),
    caughtBy: [CLEARING],
  },
  {
    broken: 'keeps in memory what is parked',
    sabotage: parking(({ settle }) => {
      const kept = new Map<string, ParkedRow>();
      return {
        settle: (settlement) => {
          for (const { key, becomes } of settlement.parked) if (becomes) kept.set(key, becomes);
          return settle(settlement);
        },
        list: async (limit) => [...kept.values()].slice(0, limit),
      };
    }),
    caughtBy: [REOPENED, LISTED],
  },
];
