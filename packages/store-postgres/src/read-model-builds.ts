import {
  type BuildName,
  describeIndexes,
  type ReadModelBuilds,
  type ReadModelShape,
  type StoredBuild,
  type TableShape,
} from '@tidemark/core';
import type pg from 'pg';
import { aboutModel, type Change, createChange } from './change.ts';
import type { Pool } from './pool.ts';
import { addBuild, findBuilds, type KeptBuild, LOCK, tableOf } from './read-model-layout.ts';
import { divide, lockSlices, readDivision } from './read-model-slicing.ts';
import type { RunRead } from './run-read.ts';
import { inTransaction } from './transaction.ts';

/** A table that was never divided is one slice, whose row its first step makes. */
const LIST = `select version, build, in_force, since, note, coalesce((
    select min(position) from {schema}.read_model_slices
    where read_model = model.number
      and split_part(slice, '/', 2)::integer = coalesce(model.slices, 1)), 0)
from {schema}.read_models model
where name = $1 and not dropped order by version, build`;
const NOTE = `update {schema}.read_models set note = $5
where name = $1 and version = $2 and build = $3 and not dropped and note is not distinct from $4
returning 1`;
const SET_IN_FORCE = 'update {schema}.read_models set in_force = $2 where number = $1';
const SET_DROPPED = `update {schema}.read_models
set dropped = true, in_force = false, note = null where number = $1`;
const DELETE_SLICES = 'delete from {schema}.read_model_slices where read_model = $1';
const DELETE_PARKED = 'delete from {schema}.read_model_parked where read_model = $1';

type StoredRow = readonly [
  version: string,
  build: string,
  inForce: 't' | 'f',
  since: string | null,
  note: string | null,
  checkpoint: string,
];

interface Parts {
  readonly pool: Pool;
  readonly run: RunRead;
  readonly schema: string;
}

/** The builds of all read models of a schema. Changes wait for each other under an advisory lock. */
export function createBuilds({ pool, run, schema }: Parts): ReadModelBuilds {
  const change = <Result>(work: (at: Change, client: pg.ClientBase) => Promise<Result>) =>
    inTransaction(pool, async (client) => {
      await client.query(LOCK, [schema]);
      return work(createChange(client, schema), client);
    });
  return {
    list: async (name) => (await run<StoredRow>(LIST, [name])).map(storedBuild),
    add: <Row extends object>(shape: ReadModelShape<Row>, since: string) =>
      change((at, client) => addBeside({ at, client, schema }, shape as TableShape, since)),
    enforce: (which, instead) => change((at) => enforce(at, which, instead)),
    note: async ({ name, version, build }, was, becomes) => {
      const values = [name, version, build, was ?? null, becomes ?? null];
      return (await run(NOTE, values)).length === 0 ? 'overtaken' : 'noted';
    },
    drop: (which) => change((at, client) => drop({ at, client, schema }, which)),
  };
}

function storedBuild(stored: StoredRow): StoredBuild {
  const [version, build, inForce, since, note, checkpoint] = stored;
  return {
    version: Number(version),
    build: Number(build),
    isInForce: inForce === 't',
    checkpoint: BigInt(checkpoint),
    ...(since !== null && { since }),
    ...(note !== null && { note }),
  };
}

interface Place {
  readonly at: Change;
  readonly client: pg.ClientBase;
  readonly schema: string;
}

async function addBeside(
  { at, client, schema }: Place,
  shape: TableShape,
  since: string,
): Promise<'added' | 'refused'> {
  const [first, ...others] = await keptOf(at, shape);
  if (first?.isInForce !== true || others.length > 0) return 'refused';
  const { count, next } = await readDivision(aboutModel(at, first.number));
  const indexes = describeIndexes(shape.indexes);
  const added = await addBuild({ client, schema }, shape, { indexes, isInForce: false, since });
  await divide(aboutModel(at, added), next?.count ?? count);
  return 'added';
}

async function enforce(
  at: Change,
  which: BuildName,
  instead: number | undefined,
): Promise<'enforced' | 'behind' | 'overtaken'> {
  const kept = await keptOf(at, which);
  const next = kept.find(({ build }) => build === which.build);
  const before = kept.find(({ isInForce }) => isInForce);
  if (next === undefined || before?.build !== instead) return 'overtaken';
  if (before !== undefined) {
    const [ahead, reached] = [
      await standing(aboutModel(at, before.number)),
      await standing(aboutModel(at, next.number)),
    ];
    const isBehind = ahead.some((one) => reached.some((its) => its < one));
    if (isBehind) return 'behind';
    await at(SET_IN_FORCE, before.number, false);
  }
  await at(SET_IN_FORCE, next.number, true);
  return 'enforced';
}

/** Where the slices stand, and go on standing until the build is in force. */
async function standing(at: Change): Promise<readonly bigint[]> {
  await lockSlices(at);
  return (await readDivision(at)).checkpoints;
}

async function drop(
  { at, client, schema }: Place,
  which: BuildName & Pick<StoredBuild, 'isInForce'>,
): Promise<'dropped' | 'overtaken'> {
  const dropped = (await keptOf(at, which)).find(({ build }) => build === which.build);
  if (dropped === undefined || dropped.isInForce !== which.isInForce) return 'overtaken';
  const table = tableOf(which, schema, dropped.number);
  // The table first, as steps lock it: those under way end, and later ones find nothing.
  await client.query(`drop table ${table}`);
  for (const statement of [SET_DROPPED, DELETE_SLICES, DELETE_PARKED]) {
    await at(statement, dropped.number);
  }
  return 'dropped';
}

async function keptOf(
  at: Change,
  { name, version }: Pick<BuildName, 'name' | 'version'>,
): Promise<readonly KeptBuild[]> {
  return (await findBuilds(at, name)).filter((one) => one.version === version);
}
