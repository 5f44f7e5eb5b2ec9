import {
  assertShape,
  describeIndexes,
  Fault,
  type ReadModelShape,
  type TableShape,
} from '@tidemark/core';
import type pg from 'pg';
import { inSchema } from './connection.ts';
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

const LOCK = `select pg_advisory_xact_lock(hashtextextended('tidemark read models ' || $1, 0))`;
const FIND = 'select number, indexes from {schema}.read_models where name = $1 and version = $2';
const ADD =
  'insert into {schema}.read_models (name, version, indexes) values ($1, $2, $3) returning number';

/** Finds or makes the table of a version. @throws CONFIGURATION_INVALID when it was made with other indexes. */
export async function openLayout<Row extends object>(
  pool: pg.Pool,
  schema: string,
  given: ReadModelShape<Row>,
): Promise<Layout> {
  const shape = given as TableShape;
  assertShape(shape);
  const { name, version } = shape;
  const indexes = describeIndexes(shape.indexes);
  return await inTransaction(pool, async (client) => {
    // Replicas open the same version together when they start.
    await client.query(LOCK, [schema]);
    const ask = { text: inSchema(FIND, schema), values: [name, version], rowMode: 'array' };
    const stored = (await client.query<string[]>({ ...ask, rowMode: 'array' })).rows[0];
    if (stored !== undefined) {
      if (stored[1] === indexes) return layoutOf(shape, schema, Number(stored[0]));
      throw new Fault(
        'CONFIGURATION_INVALID',
        `${name} has other indexes than the stored version ${version}: raise its version`,
      );
    }
    const added = await client.query<string[]>({
      text: inSchema(ADD, schema),
      values: [name, version, indexes],
      rowMode: 'array',
    });
    const layout = layoutOf(shape, schema, Number(added.rows[0]?.[0]));
    for (const create of createStatements(layout)) await client.query(create);
    return layout;
  });
}

function layoutOf(shape: TableShape, schema: string, number: number): Layout {
  const name = `rm_${number}_${shape.name.replaceAll('-', '_')}_${shape.version}`;
  const names = Object.keys(shape.indexes).sort();
  const fields = [...new Set(names.flatMap((index) => shape.indexes[index] ?? []))];
  return {
    shape,
    number,
    table: `"${schema}"."${name.slice(0, NAME_LENGTH)}"`,
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
