import type {
  Checkpoints,
  FoundPage,
  JsonObject,
  ReadModelEngine,
  ReadModelShape,
  ReadModelStep,
  ReadModelTable,
} from '@tidemark/core';
import type pg from 'pg';
import { createPool, inSchema, type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { READ_MODEL_MIGRATIONS } from './migrations/read-models.ts';
import { textArray } from './pg-arrays.ts';
import { createRunRead, type RunRead } from './read-events.ts';
import { createApply } from './read-model-apply.ts';
import { findRows } from './read-model-find.ts';
import { type Layout, openLayout } from './read-model-layout.ts';
import { decodeText, encodeText } from './stored-values.ts';
import { inTransaction } from './transaction.ts';

export interface PostgresReadModelOptions extends PostgresOptions {
  /** Connections. 8 unless given. */
  readonly connections?: number;
}

const CONNECTIONS = 8;

const READ_CHECKPOINT = 'select position from {schema}.checkpoints where name = $1';
const SAVE_CHECKPOINT = `insert into {schema}.checkpoints (name, position) values ($1, $2)
on conflict (name) do update set position = excluded.position
returning set_config('synchronous_commit', 'off', true)`;
const READ_SLICE =
  'select position from {schema}.read_model_slices where read_model = $1 and slice = $2';
const DELETE_SLICES = 'delete from {schema}.read_model_slices where read_model = $1';

/**
 * Opens read models and checkpoints in a schema of a PostgreSQL server. Replicas may share them: rows and
 * checkpoint change in one statement that compares the checkpoint first. After a crash of the server the last
 * steps may be missing, always rows together with their checkpoints: readers go on from there.
 *
 * @throws CONFIGURATION_INVALID, STORE_UNAVAILABLE.
 *
 * @example
 * const readModels = await openPostgresReadModels({ url: 'postgres://localhost/platform?schema=flights' });
 */
export async function openPostgresReadModels(
  options: PostgresReadModelOptions,
): Promise<ReadModelEngine> {
  const { schema, ...target } = parseTarget(options);
  const pool = createPool({ schema, ...target }, options.connections ?? CONNECTIONS);
  try {
    await migrate(pool, schema, READ_MODEL_MIGRATIONS);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const run = createRunRead(pool, schema);
  let closed: Promise<void> | undefined;
  return {
    open: async <Row extends object>(shape: ReadModelShape<Row>) =>
      createTable<Row>({ pool, run, layout: await openLayout(pool, schema, shape), schema }),
    checkpoints: createCheckpoints(run),
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}

interface TableParts {
  readonly pool: pg.Pool;
  readonly run: RunRead;
  readonly layout: Layout;
  readonly schema: string;
}

function createTable<Row extends object>(parts: TableParts): ReadModelTable<Row> {
  const { pool, run, layout, schema } = parts;
  const { table, number } = layout;
  const apply = createApply(run, layout);
  const load = async (keys: readonly string[]): Promise<ReadonlyMap<string, Row>> => {
    const sql = `select key, body from ${table} where key = any($1::text[])`;
    const asked = textArray(keys.map(encodeText));
    const found = await run<readonly [string, string]>(sql, [asked]);
    return new Map(found.map(([key, body]) => [decodeText(key), JSON.parse(body) as Row]));
  };

  return {
    checkpoint: async ({ index, count }) => {
      const [row] = await run<readonly [string]>(READ_SLICE, [number, `${index}/${count}`]);
      return BigInt(row?.[0] ?? 0);
    },
    load,
    apply: (step) => apply(step as ReadModelStep<JsonObject>),
    get: async (key) => (await load([key])).get(key),
    find: async (request) => (await findRows(run, layout, request)) as FoundPage<Row>,
    clear: () =>
      inTransaction(pool, async (client) => {
        // The checkpoints first: a step that is being applied holds them until its rows are there.
        await client.query(inSchema(DELETE_SLICES, schema), [number]);
        await client.query(`delete from ${table}`);
      }),
  };
}

function createCheckpoints(run: RunRead): Checkpoints {
  return {
    load: async (name) => {
      const [row] = await run<readonly [string]>(READ_CHECKPOINT, [name]);
      return BigInt(row?.[0] ?? 0);
    },
    save: async (name, position) => {
      await run(SAVE_CHECKPOINT, [name, position.toString()]);
    },
  };
}
