import type { ReadModelBuilds, ReadModelEngine, ReadModelTable } from '@tidemark/core';
import { TEST_SHAPE, type TestRow } from './read-model-contract-case.ts';
import {
  type BreakReadModels,
  part,
  type ReadModelTwin,
  tables,
  turn,
} from './read-model-twins-sabotage.ts';

const FIRST = 'the first build of a read model is in force at once';
const ANOTHER = 'the first build of another version is not in force until it is put there';
const ADDED = 'a build that is added is empty, and the one in force goes on as it is';
const ONE = 'of two that add a build exactly one does, and nobody beside one that is not in force';
const DIVIDED = 'a build that is added is divided as the one in force is to be';
const SLOWEST = 'a build has come as far as its slowest slice';
const FOREMOST =
  'a build is put in force once it has come as far as the foremost slice of the other';
const OVERTAKEN = 'who puts a build in force instead of one that is not any more is overtaken';
const OTHER =
  'another engine on the storage sees which build is in force, and both after opening again';
const NOTE = 'a note on a build changes only for who has seen the one before';
const DROPPED =
  'a build that was dropped is gone with its rows, and whoever has it open is told so';
const NUMBERS = 'numbers of builds are never given twice, also when a whole version was dropped';
const CHANGED =
  'a build that came into force, or went out of it, since it was looked at is not dropped';
const OTHERS = 'builds of other read models and versions are left alone';
const SCAN = 'a scan reads all rows in the order of their keys, page after page';
const PARKED =
  'a scan tells how the table is divided, and what is parked among its rows and behind the last';

type Scan = NonNullable<ReadModelTable<TestRow>['scan']>;

/** Changes what is done to builds; `engine` is the intact one. */
const builds =
  (
    change: (builds: ReadModelBuilds, engine: ReadModelEngine) => Partial<ReadModelBuilds>,
  ): BreakReadModels =>
  (engine) => {
    const intact = part(engine.builds);
    return { builds: { ...intact, ...change(intact, engine) } };
  };

/** Changes pages of a scan. */
const scans = (change: (scan: Scan) => Scan): BreakReadModels =>
  tables((table) => ({ scan: change(part(table.scan)) }));

/** The one that is in force now, whichever was seen. */
async function inForce({ list }: ReadModelBuilds, name: string, version: number) {
  return (await list(name)).find((one) => one.version === version && one.isInForce)?.build;
}

const makingTwins: readonly ReadModelTwin[] = [
  {
    broken: 'lists no build before a second one is added',
    sabotage: builds(({ list }) => ({
      list: async (name) => {
        const all = await list(name);
        return all.length > 1 ? all : [];
      },
    })),
    caughtBy: [FIRST, NUMBERS],
  },
  {
    broken: 'puts the first build of every version in force when it is opened',
    sabotage: (engine) => ({
      open: async (shape, build) => {
        const table = await engine.open(shape, build);
        const { name, version } = shape;
        await part(engine.builds).enforce({ name, version, build: 1 }, undefined);
        return table;
      },
    }),
    caughtBy: [ANOTHER, ONE],
  },
  {
    broken: 'opens the build in force whichever is named',
    sabotage: (engine) => ({ open: (shape) => engine.open(shape) }),
    caughtBy: [ADDED, FOREMOST, OTHER, DROPPED],
  },
  {
    broken: 'puts a build in force when it is added',
    sabotage: builds((intact) => ({
      add: async (shape, since) => {
        const { name, version } = shape;
        const before = await inForce(intact, name, version);
        const added = await intact.add(shape, since);
        const newest = (await intact.list(name)).at(-1)?.build ?? 0;
        await intact.enforce({ name, version, build: newest }, before);
        return added;
      },
    })),
    caughtBy: [ONE, OVERTAKEN],
  },
  {
    broken: 'says that a build was added where one is there already',
    sabotage: builds(({ add }) => ({
      add: async (shape, since) => {
        await add(shape, since);
        return 'added';
      },
    })),
    caughtBy: [ONE],
  },
  {
    broken: 'forgets when a build was begun',
    sabotage: builds(({ list }) => ({
      list: async (name) => (await list(name)).map(({ since: _, ...build }) => build),
    })),
    caughtBy: [ADDED],
  },
  {
    broken: 'does not divide a build that is added',
    sabotage: builds(({ add, list }, engine) => ({
      add: async (shape, since) => {
        const added = await add(shape, since);
        const newest = (await list(shape.name)).at(-1)?.build;
        await (await engine.open(shape, newest)).slicing?.divide(1);
        return added;
      },
    })),
    caughtBy: [DIVIDED],
  },
  {
    broken: 'takes the first slice for all of a build',
    sabotage: builds(({ list }, engine) => ({
      list: async (name) => {
        const all = await list(name);
        return Promise.all(
          all.map(async (one) => {
            const table = await engine.open(
              { ...TEST_SHAPE, name, version: one.version },
              one.build,
            );
            const [checkpoint = 0n] = (await part(table.slicing).read()).checkpoints;
            return { ...one, checkpoint };
          }),
        );
      },
    })),
    caughtBy: [SLOWEST],
  },
];

const forceTwins: readonly ReadModelTwin[] = [
  {
    broken: 'puts a build in force however far it has come',
    sabotage: builds(({ enforce }) => ({
      enforce: async (which, instead) => {
        const done = await enforce(which, instead);
        return done === 'behind' ? 'enforced' : done;
      },
    })),
    caughtBy: [FOREMOST],
  },
  {
    broken: 'puts a build in force instead of whichever is',
    sabotage: builds((intact) => ({
      enforce: async (which) =>
        intact.enforce(which, await inForce(intact, which.name, which.version)),
    })),
    caughtBy: [OVERTAKEN],
  },
  {
    broken: 'looks at what is in force first and changes it afterwards',
    sabotage: builds((intact) => ({
      enforce: async (which, instead) => {
        const seen = await inForce(intact, which.name, which.version);
        await turn();
        if (seen !== instead) return 'overtaken';
        const now = await inForce(intact, which.name, which.version);
        return intact.enforce(which, now);
      },
    })),
    caughtBy: [OVERTAKEN],
  },
  {
    broken: 'keeps notes for itself, where others do not see them',
    sabotage: builds(({ list, note }) => {
      const noted = new Map<number, string | undefined>();
      return {
        list: async (name) =>
          (await list(name)).map(({ note: _, ...one }) => {
            const text = noted.get(one.build);
            return text === undefined ? one : { ...one, note: text };
          }),
        note: async (which, was, becomes) => {
          const done = await note(which, was, becomes);
          if (done === 'noted' && becomes !== 'noted') noted.set(which.build, becomes);
          return done;
        },
      };
    }),
    caughtBy: [OTHER],
  },
  {
    broken: 'takes a note without looking at the one before',
    sabotage: builds(({ note, list }) => ({
      note: async (which, _, becomes) => {
        const now = (await list(which.name)).find(({ build }) => build === which.build);
        return note(which, now?.note, becomes);
      },
    })),
    caughtBy: [NOTE],
  },
];

const dropTwins: readonly ReadModelTwin[] = [
  {
    broken: 'says that a build was dropped and keeps it',
    sabotage: builds(() => ({ drop: async () => 'dropped' })),
    caughtBy: [DROPPED, NUMBERS],
  },
  {
    broken: 'goes on answering from a build that was dropped, as if it were empty',
    sabotage: tables((table) => ({ get: (key) => table.get(key).catch(() => undefined) })),
    caughtBy: [DROPPED],
  },
  {
    broken: 'gives numbers of builds anew',
    sabotage: builds(({ list }) => ({
      list: async (name) => (await list(name)).map((one, at) => ({ ...one, build: at + 1 })),
    })),
    caughtBy: [NUMBERS],
  },
  {
    broken: 'drops a build whether it is in force or not',
    sabotage: builds(({ list, drop }) => ({
      drop: async (which) => {
        const now = (await list(which.name)).find(
          ({ version, build }) => version === which.version && build === which.build,
        );
        return drop({ ...which, isInForce: now?.isInForce ?? false });
      },
    })),
    caughtBy: [CHANGED],
  },
  {
    broken: 'drops builds of other versions too',
    sabotage: builds(({ list, drop }) => ({
      drop: async (which) => {
        for (const other of await list('other-rows')) await drop({ name: 'other-rows', ...other });
        return drop(which);
      },
    })),
    caughtBy: [OTHERS],
  },
];

const scanTwins: readonly ReadModelTwin[] = [
  {
    broken: 'scans in the order of 16-bit units',
    sabotage: scans((scan) => async (after, limit) => {
      const { rows, ...page } = await scan(undefined, 1_000);
      const inOrder = rows
        .filter(([key]) => after === undefined || key > after)
        .sort(([one], [other]) => (one < other ? -1 : 1));
      return { ...page, rows: inOrder.slice(0, limit) };
    }),
    caughtBy: [SCAN],
  },
  {
    broken: 'scans from the first row each time',
    sabotage: scans((scan) => (_, limit) => scan(undefined, limit)),
    caughtBy: [SCAN, PARKED],
  },
  {
    broken: 'lists all that is parked on every page of a scan',
    sabotage: scans((scan) => async (after, limit) => {
      const { parked } = await scan(undefined, 1_000);
      return { ...(await scan(after, limit)), parked };
    }),
    caughtBy: [PARKED],
  },
];

export const buildTwins: readonly ReadModelTwin[] = [
  ...makingTwins,
  ...forceTwins,
  ...dropTwins,
  ...scanTwins,
];
