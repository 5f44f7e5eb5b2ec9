import {
  assertShape,
  describeIndexes,
  Fault,
  type ReadModelShape,
  type TableShape,
} from '@tidemark/core';
import type pg from 'pg';
import { type Change, createChange } from './change.ts';
import type { Pool } from './pool.ts';
import { droppedFault } from './read-model-kept.ts';
import { inTransaction } from './transaction.ts';

/** Where a read model version lies. Names are checked, numbered and safe to stand in a statement. */
export interface Layout {
  readonly shape: TableShape;
  /** Its number in the catalogue. */
  readonly number: number;
  /** With the schema, quoted. */
  readonly table: string;
  /** Column of each indexed field, quoted, in their order in the table. */
  readonly columns: ReadonlyMap<string, string>;
}

/** PostgreSQL cuts longer names off. */
const NAME_LENGTH = 63;

/** Replicas open the same version together when they start. */
export const LOCK = `select pg_advisory_xact_lock(hashtextextended('tidemark read models ' || $1, 0::bigint))`;
const FIND = `select number, version, build, in_force, indexes from {schema}.read_models
where name = $1 and not dropped order by version, build`;
/** A build that was dropped keeps its row, so that its number is not given twice. */
const ADD = `insert into {schema}.read_models (name, version, indexes, in_force, since, build)
select $1, $2, $3, $4, $5, coalesce(max(build), 0) + 1 from {schema}.read_models
where name = $1 and version = $2
returning number`;

/** A build that is there. */
export interface KeptBuild {
  /** In the catalogue. */
  readonly number: number;
  readonly version: number;
  readonly build: number;
  readonly isInForce: boolean;
  readonly indexes: string;
}

/**
 * Finds the table of a version: that of the build named, else of the one in force, else of the newest; makes the
 * first. @throws CONFIGURATION_INVALID when it was made with other indexes, READ_MODEL_DROPPED when there is none.
 */
export async function openLayout<Row extends object>(
  pool: Pool,
  schema: string,
  { shape: given, build }: { readonly shape: ReadModelShape<Row>; readonly build?: number },
): Promise<Layout> {
  const shape = given as TableShape;
  assertShape(shape);
  const { name, version } = shape;
  const indexes = describeIndexes(shape.indexes);
  return await inTransaction(pool, async (client) => {
    await client.query(LOCK, [schema]);
    const all = await findBuilds(createChange(client, schema), name);
    const kept = all.filter((one) => one.version === version);
    if (kept.some((one) => one.indexes !== indexes)) {
      throw new Fault(
        'CONFIGURATION_INVALID',
        `${name} has other indexes than the stored version ${version}: raise its version`,
      );
    }
    if (build === undefined && kept.length === 0) {
      // Where another version answers queries, this one has to catch up first.
      const made = { indexes, isInForce: all.length === 0 };
      return layoutOf(shape, schema, await addBuild({ client, schema }, shape, made));
    }
    const found =
      build === undefined
        ? (kept.find(({ isInForce }) => isInForce) ?? kept.at(-1))
        : kept.find((one) => one.build === build);
    if (found === undefined) throw droppedFault();
    return layoutOf(shape, schema, found.number);
  });
}

/** Builds of all versions, oldest first. */
export async function findBuilds(change: Change, name: string): Promise<readonly KeptBuild[]> {
  const found = await change<readonly [string, string, string, string, string]>(FIND, name);
  return found.map(([number, version, build, inForce, indexes]) => ({
    number: Number(number),
    version: Number(version),
    build: Number(build),
    isInForce: inForce === 't',
    indexes,
  }));
}

/** Makes the empty table of the next build of a version, and answers its number in the catalogue. */
export async function addBuild(
  { client, schema }: { readonly client: pg.ClientBase; readonly schema: string },
  shape: TableShape,
  made: Pick<KeptBuild, 'indexes' | 'isInForce'> & { readonly since?: string },
): Promise<number> {
  const values = [shape.name, shape.version, made.indexes, made.isInForce, made.since ?? null];
  const [added] = await createChange(client, schema)<readonly [string]>(ADD, ...values);
  const number = Number(added?.[0]);
  for (const create of createStatements(layoutOf(shape, schema, number))) {
    await client.query(create);
  }
  return number;
}

/** The table of a build, with the schema, quoted. */
export function tableOf(
  { name, version }: { readonly name: string; readonly version: number },
  schema: string,
  number: number,
): string {
  const table = `rm_${number}_${name.replaceAll('-', '_')}_${version}`;
  return `"${schema}"."${table.slice(0, NAME_LENGTH)}"`;
}

function layoutOf(shape: TableShape, schema: string, number: number): Layout {
  const names = Object.keys(shape.indexes).sort();
  const fields = [...new Set(names.flatMap((index) => shape.indexes[index] ?? []))];
  return {
    shape,
    number,
    table: tableOf(shape, schema, number),
    columns: new Map(
      fields.map((field, at) => [field, `"${`c${at}_${field}`.slice(0, NAME_LENGTH)}"`]),
    ),
  };
}

function createStatements({ shape, number, table, columns }: Layout): readonly string[] {
  const declared = [...columns.values()].map((column) => `, ${column} text collate "C" not null`);
  const createTable = `create table ${table} (
    key text collate "C" primary key, body text not null${declared.join('')})`;
  const createIndexes = Object.keys(shape.indexes)
    .sort()
    .map((index, at) => {
      const indexed = (shape.indexes[index] ?? []).map((field) => columns.get(field));
      return `create index "rm_${number}_i${at}" on ${table} (${[...indexed, 'key'].join(', ')})`;
    });
  return [createTable, ...createIndexes];
}
