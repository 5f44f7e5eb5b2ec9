import {
  assertShape,
  describeIndexes,
  Fault,
  type JsonObject,
  type ReadModelBuilds,
  type ScannedRows,
  type StoredBuild,
  type TableShape,
} from '@tidemark/core';
import { compareTexts } from './read-model-engine-find.ts';
import type { StoredParked } from './read-model-engine-parking.ts';
import { divisionOf, foremostOf, type StoredSlices } from './read-model-engine-slicing.ts';

/** One build: its rows, and what is known of it. */
export interface StoredTable extends StoredSlices, StoredParked {
  readonly name: string;
  readonly version: number;
  readonly build: number;
  readonly indexes: string;
  readonly since: string | undefined;
  /** JSON by key: a row that was handed out or in cannot change what is stored. */
  readonly rows: Map<string, string>;
  isInForce: boolean;
  isDropped: boolean;
  note: string | undefined;
}

export interface StoredBuilds {
  /** In the order in which they were made. */
  readonly tables: Set<StoredTable>;
  /** The highest number ever given, by name and version. */
  readonly numbers: Map<string, number>;
}

/** Finds the build named, else the one in force, else the newest; makes the first of a version. */
export function findTable(
  builds: StoredBuilds,
  shape: TableShape,
  build: number | undefined,
): StoredTable {
  assertShape(shape);
  const { name, version } = shape;
  const ofVersion = buildsOf(builds, name).filter((table) => table.version === version);
  if (build === undefined && ofVersion.length === 0) return addFirst(builds, shape);
  const found =
    build === undefined
      ? (ofVersion.find(({ isInForce }) => isInForce) ?? ofVersion.at(-1))
      : ofVersion.find((table) => table.build === build);
  if (found === undefined) throw droppedFault({ name, version });
  if (found.indexes !== describeIndexes(shape.indexes)) {
    throw new Fault(
      'CONFIGURATION_INVALID',
      `${name} has other indexes than the stored version ${version}: raise its version`,
    );
  }
  return found;
}

/** The builds as operators see them. Every change is one turn, so nobody sees half of it. */
export function createBuilds(open: () => StoredBuilds): ReadModelBuilds {
  const find = (which: { name: string; version: number; build: number }) =>
    buildsOf(open(), which.name).find(
      ({ version, build }) => version === which.version && build === which.build,
    );
  return {
    list: async (name) => buildsOf(open(), name).map(shown),
    add: async (shape, since) => {
      const { name, version } = shape;
      const [first, ...others] = buildsOf(open(), name).filter((one) => one.version === version);
      if (first?.isInForce !== true || others.length > 0) return 'refused';
      const { count, next } = divisionOf(first);
      const added = addBuild(open(), shape as TableShape, { isInForce: false, since });
      added.division = { count: next?.count ?? count };
      return 'added';
    },
    enforce: async (which, instead) => {
      const build = find(which);
      const before = buildsOf(open(), which.name).find(
        (one) => one.version === which.version && one.isInForce,
      );
      if (build === undefined || before?.build !== instead) return 'overtaken';
      if (before !== undefined) {
        const { checkpoints } = divisionOf(before);
        if (lowestOf(divisionOf(build).checkpoints) < foremostOf(checkpoints)) return 'behind';
        before.isInForce = false;
      }
      build.isInForce = true;
      return 'enforced';
    },
    note: async (which, was, becomes) => {
      const build = find(which);
      if (build === undefined || build.note !== was) return 'overtaken';
      build.note = becomes;
      return 'noted';
    },
    drop: async (which) => {
      const build = find(which);
      if (build === undefined || build.isInForce !== which.isInForce) return 'overtaken';
      build.isDropped = true;
      open().tables.delete(build);
      return 'dropped';
    },
  };
}

export function droppedFault({ name, version }: { name: string; version: number }): Fault {
  return new Fault('READ_MODEL_DROPPED', `this build of ${name}, version ${version}, was dropped`, {
    facts: { readModel: name, version },
  });
}

/** What a comparison reads. */
export function scanRows(
  table: StoredTable,
  after: string | undefined,
  limit: number,
): ScannedRows<JsonObject> {
  const isBehind = (key: string) => after === undefined || compareTexts(key, after) > 0;
  const inOrder = [...table.rows.keys()].filter(isBehind).sort(compareTexts);
  const keys = inOrder.slice(0, limit);
  const last = inOrder.length < limit ? undefined : keys.at(-1);
  const isBefore = (key: string) => last === undefined || compareTexts(key, last) <= 0;
  return {
    rows: keys.map((key) => [key, JSON.parse(table.rows.get(key) ?? '') as JsonObject] as const),
    parked: [...table.parked.values()].filter(({ key }) => isBehind(key) && isBefore(key)),
    division: divisionOf(table),
  };
}

function buildsOf({ tables }: StoredBuilds, name: string): readonly StoredTable[] {
  return [...tables]
    .filter((table) => table.name === name)
    .sort((one, other) => one.version - other.version || one.build - other.build);
}

function addFirst(builds: StoredBuilds, shape: TableShape): StoredTable {
  // Where another version answers queries, this one has to catch up first.
  const isInForce = buildsOf(builds, shape.name).length === 0;
  return addBuild(builds, shape, { isInForce, since: undefined });
}

function addBuild(
  builds: StoredBuilds,
  { name, version, indexes }: TableShape,
  made: Pick<StoredTable, 'isInForce' | 'since'>,
): StoredTable {
  const id = `${name}.v${version}`;
  const build = (builds.numbers.get(id) ?? 0) + 1;
  const added: StoredTable = {
    ...{ name, version, build, indexes: describeIndexes(indexes), ...made },
    ...{ rows: new Map(), checkpoints: new Map(), parked: new Map() },
    ...{ division: undefined, isDropped: false, note: undefined },
  };
  builds.numbers.set(id, build);
  builds.tables.add(added);
  return added;
}

function shown(table: StoredTable): StoredBuild {
  const { version, build, isInForce, since, note } = table;
  return {
    ...{ version, build, isInForce },
    checkpoint: lowestOf(divisionOf(table).checkpoints),
    ...(since !== undefined && { since }),
    ...(note !== undefined && { note }),
  };
}

function lowestOf(checkpoints: readonly bigint[]): bigint {
  let [lowest = 0n] = checkpoints;
  for (const checkpoint of checkpoints) if (checkpoint < lowest) lowest = checkpoint;
  return lowest;
}
