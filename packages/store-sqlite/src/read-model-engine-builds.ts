import type {
  BuildName,
  ReadModelBuilds,
  ReadModelShape,
  StoredBuild,
  TableShape,
} from '@tidemark/core';
import type { SqliteDatabase } from './open-sqlite.ts';
import { type KeptTable, openCatalogue } from './read-model-engine-catalogue.ts';
import { createRows, dropRows } from './read-model-engine-schema.ts';
import { checkpointsOf, openSlices } from './read-model-engine-slicing.ts';
import { inTransaction } from './transactions.ts';

/** One statement, so that all of it is of one moment. */
const SELECT_BUILDS = `SELECT version, build, in_force, since, note, coalesce(divisions.count, 1) AS count,
  (SELECT json_group_object(slice, CAST(position AS TEXT)) FROM read_model_slices AS slices
    WHERE slices.table_name = builds.table_name) AS slices
  FROM read_model_builds AS builds
  LEFT JOIN read_model_divisions AS divisions ON divisions.table_name = builds.table_name
  WHERE name = ? AND dropped = 0 ORDER BY version, build`;
const UPDATE_NOTE = `UPDATE read_model_builds SET note = ?
  WHERE name = ? AND version = ? AND build = ? AND dropped = 0 AND note IS ?`;

interface StoredRow {
  readonly version: number;
  readonly build: number;
  readonly in_force: number;
  readonly since: string | null;
  readonly note: string | null;
  readonly count: number;
  readonly slices: string;
}

/** The builds of all read models of a file. `use` runs work on it and turns what SQLite throws into faults. */
export function createBuilds(
  database: SqliteDatabase,
  use: <Result>(work: () => Result) => Promise<Result>,
): ReadModelBuilds {
  const select = database.prepare(SELECT_BUILDS);
  const updateNote = database.prepare(UPDATE_NOTE);
  const change = <Result>(work: () => Result): Promise<Result> =>
    use(() => inTransaction(database, work));
  return {
    list: (name) => use(() => (select.all(name) as StoredRow[]).map(storedBuild)),
    add: <Row extends object>(shape: ReadModelShape<Row>, since: string) =>
      change(() => addBeside(database, shape as TableShape, since)),
    enforce: (which, instead) => change(() => enforce(database, which, instead)),
    note: ({ name, version, build }, was, becomes) =>
      change(() => {
        const done = updateNote.run(becomes ?? null, name, version, build, was ?? null);
        return Number(done.changes) === 0 ? 'overtaken' : 'noted';
      }),
    drop: (which) => change(() => drop(database, which)),
  };
}

function storedBuild(stored: StoredRow): StoredBuild {
  const { version, build, in_force, since, note, count, slices } = stored;
  return {
    ...{ version, build, isInForce: in_force === 1 },
    checkpoint: lowestOf(checkpointsOf(count, slices)),
    ...(since !== null && { since }),
    ...(note !== null && { note }),
  };
}

function addBeside(
  database: SqliteDatabase,
  shape: TableShape,
  since: string,
): 'added' | 'refused' {
  const catalogue = openCatalogue(database);
  const [first, ...others] = keptOf(catalogue.kept(shape.name), shape);
  if (first?.in_force !== 1 || others.length > 0) return 'refused';
  const { count, next } = openSlices(database, first.table_name).division();
  const table = catalogue.addBuild(shape, { isInForce: false, since });
  createRows(database, shape, table);
  openSlices(database, table).divide(next?.count ?? count);
  return 'added';
}

function enforce(
  database: SqliteDatabase,
  which: BuildName,
  instead: number | undefined,
): 'enforced' | 'behind' | 'overtaken' {
  const catalogue = openCatalogue(database);
  const kept = keptOf(catalogue.kept(which.name), which);
  const next = kept.find(({ build }) => build === which.build);
  const before = kept.find(({ in_force }) => in_force === 1);
  if (next === undefined || before?.build !== instead) return 'overtaken';
  if (before !== undefined) {
    const ahead = openSlices(database, before.table_name).foremost();
    if (lowestOf(openSlices(database, next.table_name).division().checkpoints) < ahead) {
      return 'behind';
    }
    catalogue.setInForce(before.table_name, false);
  }
  catalogue.setInForce(next.table_name, true);
  return 'enforced';
}

function drop(
  database: SqliteDatabase,
  which: BuildName & Pick<StoredBuild, 'isInForce'>,
): 'dropped' | 'overtaken' {
  const { name, version, build, isInForce } = which;
  const catalogue = openCatalogue(database);
  const kept = keptOf(catalogue.kept(name), which);
  const dropped = kept.find((one) => one.build === build);
  if (dropped === undefined || (dropped.in_force === 1) !== isInForce) return 'overtaken';
  catalogue.setDropped(dropped.table_name);
  dropRows(database, dropped.table_name);
  // Of a version that has none left nothing is known any more but the numbers that were given.
  if (kept.length === 1) catalogue.removeVersion(name, version);
  return 'dropped';
}

function keptOf(
  kept: readonly KeptTable[],
  { version }: { readonly version: number },
): readonly KeptTable[] {
  return kept.filter((one) => one.version === version);
}

function lowestOf(checkpoints: readonly bigint[]): bigint {
  let [lowest = 0n] = checkpoints;
  for (const checkpoint of checkpoints) if (checkpoint < lowest) lowest = checkpoint;
  return lowest;
}
