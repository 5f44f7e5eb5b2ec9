import {
  type Checkpoints,
  Fault,
  type ReadModelShape,
  type Snapshots,
  WHOLE,
} from '@tidemark/core';
import type { TestRow } from './read-model-contract-case.ts';
import {
  type BreakReadModels,
  part,
  type ReadModelTwin,
  tables,
  turn,
} from './read-model-twins-sabotage.ts';

const REOPENED = 'rows and checkpoints are there after opening again';
const SIDE_BY_SIDE = 'versions and read models live side by side';
const OTHER_INDEXES = 'other indexes under the same version are refused, saying to raise it';
const DECLARED = 'the order in which indexes are declared does not matter';
const NAMES = 'names that no engine could keep are refused';
const CLEARING = 'clearing removes all rows and checkpoints of this version only';
const CLOSED = 'after closing, every call is a fault';
const ENDED = 'what was asked before it was closed is answered or refused by when it is closed';
const CLOSING =
  'of steps that were under way when it was closed, those answered are stored, and those refused are not';
const NEVER_SEEN = 'a named reader that was never seen stands at 0';
const SAVED_LAST =
  'named readers stand where they were saved last, each for itself, also further back';
const READERS_REOPENED = 'named readers stand where they were after opening again';
const SNAPSHOT = 'a snapshot is answered as it was saved last, each key for itself';
const DROPPED = 'a dropped snapshot is gone, and dropping it again does nothing';
const SNAPSHOTS_REOPENED = 'snapshots are there after opening again';

type Shape = ReadModelShape<TestRow>;

/** Opens another table than the one that was asked for. */
const opened =
  (change: (shape: Shape) => Shape): BreakReadModels =>
  (engine) => ({ open: (shape, build) => engine.open(change(shape as never) as never, build) });

const checkpoints =
  (change: (intact: Checkpoints) => Partial<Checkpoints>): BreakReadModels =>
  (engine) => ({ checkpoints: { ...engine.checkpoints, ...change(engine.checkpoints) } });

const snapshots =
  (change: (intact: Snapshots) => Partial<Snapshots>): BreakReadModels =>
  (engine) => {
    const intact = part(engine.snapshots);
    return { snapshots: { ...intact, ...change(intact) } };
  };

/** A name that can be kept, whatever was given. */
function mended({ name, version, indexes }: Shape): Shape {
  const kept = Object.entries(indexes).filter(([, fields]) => fields.length > 0);
  return {
    name: name.toLowerCase().replace(/[^a-z0-9-]/g, '') || 'rows',
    version: Math.max(1, Math.floor(version)),
    indexes: Object.fromEntries(kept.map(([index, f]) => [index.replace(/\W/g, '_'), f])),
  };
}

const openingTwins: readonly ReadModelTwin[] = [
  {
    broken: 'keeps the checkpoint in memory and begins anew with old rows',
    sabotage: tables((table) => {
      let applied = false;
      return {
        checkpoint: async (slice) => (applied ? table.checkpoint(slice) : 0n),
        apply: async (step) => {
          applied = true;
          return table.apply(step);
        },
      };
    }),
    caughtBy: [REOPENED],
  },
  {
    broken: 'keeps all versions in one table',
    sabotage: opened((shape) => ({ ...shape, version: 1 })),
    caughtBy: [SIDE_BY_SIDE, CLEARING, OTHER_INDEXES],
  },
  {
    broken: 'keeps all read models in one table',
    sabotage: opened((shape) => ({ ...shape, name: 'rows' })),
    caughtBy: [SIDE_BY_SIDE],
  },
  {
    broken: 'makes a new table when the indexes have changed',
    sabotage: (engine) => ({
      open: (shape, build) =>
        engine
          .open(shape, build)
          .catch(() => engine.open({ ...shape, name: `${shape.name}-again` }, build)),
    }),
    caughtBy: [OTHER_INDEXES],
  },
  {
    broken: 'compares the indexes as they were declared',
    sabotage: (engine) => {
      const declared = new Map<string, string>();
      return {
        open: async (shape, build) => {
          const [id, text] = [`${shape.name} ${shape.version}`, JSON.stringify(shape.indexes)];
          if ((declared.get(id) ?? text) !== text) {
            throw new Fault('CONFIGURATION_INVALID', 'other indexes: raise its version');
          }
          declared.set(id, text);
          return engine.open(shape, build);
        },
      };
    },
    caughtBy: [DECLARED],
  },
  {
    broken: 'makes names of what cannot be kept',
    sabotage: opened(mended),
    caughtBy: [NAMES],
  },
  {
    broken: 'clears the rows and leaves the checkpoint',
    sabotage: tables((table) => ({
      clear: async () => {
        const to = await table.checkpoint(WHOLE);
        await table.clear();
        await table.apply({ slice: WHOLE, from: 0n, to, rows: new Map() });
      },
    })),
    caughtBy: [CLEARING],
  },
  {
    broken: 'clears the other versions too',
    sabotage: tables(
      (table, _shape, all: (() => Promise<void>)[]) => {
        all.push(table.clear);
        return { clear: async () => void (await Promise.all(all.map((clear) => clear()))) };
      },
      () => [],
    ),
    caughtBy: [CLEARING],
  },
  {
    broken: 'answers from memory after it was closed',
    sabotage: tables((table) => ({ get: (key) => table.get(key).catch(() => undefined) })),
    caughtBy: [CLOSED],
  },
  {
    broken: 'does not wait for its answers when it is closed',
    sabotage: tables((table) => ({
      get: async (key) => {
        const row = await table.get(key);
        for (let turns = 0; turns < 3; turns += 1) {
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        return row;
      },
    })),
    caughtBy: [ENDED],
  },
  {
    broken: 'finds nothing after it was closed',
    sabotage: tables((table) => ({
      find: (request) => table.find(request).catch(() => ({ items: [] })),
    })),
    caughtBy: [CLOSED],
  },
  {
    broken: 'forgets checkpoints that are saved after it was closed, without a word',
    sabotage: ({ checkpoints }) => ({
      checkpoints: {
        ...checkpoints,
        save: (name, position) => checkpoints.save(name, position).catch(() => undefined),
      },
    }),
    caughtBy: [CLOSED],
  },
  {
    broken: 'says that a step was applied which it had not begun when it was closed',
    sabotage: tables((table) => ({
      apply: async (step) => {
        await turn();
        await turn();
        return table.apply(step).catch(() => 'applied');
      },
    })),
    caughtBy: [CLOSING],
  },
  {
    broken: 'says that it did not answer when it is closed, whatever it has stored',
    sabotage: tables((table) => ({
      apply: async (step) => {
        const answer = await table.apply(step);
        await turn();
        await turn();
        await table.get('').catch(() => {
          throw new Fault('STORE_UNAVAILABLE', 'closed');
        });
        return answer;
      },
    })),
    caughtBy: [CLOSING],
  },
];

const readerTwins: readonly ReadModelTwin[] = [
  {
    broken: 'does not know a reader that never saved',
    sabotage: checkpoints(({ load }) => ({
      load: async (name) => {
        const position = await load(name);
        if (position === 0n) throw new Error('no such reader');
        return position;
      },
    })),
    caughtBy: [NEVER_SEEN],
  },
  {
    broken: 'lets no reader go back',
    sabotage: checkpoints(({ load, save }) => ({
      save: async (name, position) => {
        if (position > (await load(name))) await save(name, position);
      },
    })),
    caughtBy: [SAVED_LAST],
  },
  {
    broken: 'compares the names of readers without case',
    sabotage: checkpoints(({ load, save }) => ({
      load: (name) => load(name.toLowerCase()),
      save: (name, position) => save(name.toLowerCase(), position),
    })),
    caughtBy: [SAVED_LAST],
  },
  {
    broken: 'keeps the positions of readers as doubles',
    sabotage: checkpoints(({ save }) => ({
      save: (name, position) => save(name, BigInt(Number(position))),
    })),
    caughtBy: [SAVED_LAST],
  },
  {
    broken: 'keeps readers in memory',
    sabotage: checkpoints(() => {
      const kept = new Map<string, bigint>();
      return {
        load: async (name) => kept.get(name) ?? 0n,
        save: async (name, position) => void kept.set(name, position),
      };
    }),
    caughtBy: [READERS_REOPENED],
  },
];

const snapshotTwins: readonly ReadModelTwin[] = [
  {
    broken: 'keeps the snapshot of the highest revision',
    sabotage: snapshots(({ load, save }) => ({
      save: async (key, snapshot) => {
        if (snapshot.revision > ((await load(key))?.revision ?? -1)) await save(key, snapshot);
      },
    })),
    caughtBy: [SNAPSHOT],
  },
  {
    broken: 'keeps the position of a snapshot as a double',
    sabotage: snapshots(({ save }) => ({
      save: (key, snapshot) =>
        save(key, { ...snapshot, position: BigInt(Number(snapshot.position)) }),
    })),
    caughtBy: [SNAPSHOT, SNAPSHOTS_REOPENED],
  },
  {
    broken: 'does not forget a snapshot that was dropped',
    sabotage: snapshots(() => ({ drop: async () => undefined })),
    caughtBy: [DROPPED],
  },
  {
    broken: 'refuses to drop a snapshot that is not there',
    sabotage: snapshots(({ load, drop }) => ({
      drop: async (key) => {
        if ((await load(key)) === undefined) throw new Error('no such snapshot');
        await drop(key);
      },
    })),
    caughtBy: [DROPPED],
  },
];

/** Versions of tables, named readers and snapshots. */
export const storageTwins: readonly ReadModelTwin[] = [
  ...openingTwins,
  ...readerTwins,
  ...snapshotTwins,
];
