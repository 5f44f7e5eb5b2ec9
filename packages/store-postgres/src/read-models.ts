import type {
  Checkpoints,
  FoundPage,
  JsonObject,
  ParkedSettlement,
  ReadModelEngine,
  ReadModelShape,
  ReadModelStep,
  ReadModelTable,
  ScannedRows,
} from '@tidemark/core';
import { type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { READ_MODEL_MIGRATIONS } from './migrations/read-models.ts';
import { textArray } from './pg-arrays.ts';
import { createPool } from './pool.ts';
import { createWrites } from './read-model-apply.ts';
import { createBuilds } from './read-model-builds.ts';
import { findRows } from './read-model-find.ts';
import { droppedFault, whileKept } from './read-model-kept.ts';
import { openLayout } from './read-model-layout.ts';
import { createParkedReads } from './read-model-parking.ts';
import { createScan } from './read-model-scan.ts';
import { clearTable, createSlicing, type SlicingParts, sliceId } from './read-model-slicing.ts';
import { createRunRead, type RunRead } from './run-read.ts';
import { createSnapshots } from './snapshots.ts';
import { decodeText, encodeText } from './stored-values.ts';

export interface PostgresReadModelOptions extends PostgresOptions {
  /** Connections. 8 unless given. */
  readonly connections?: number;
}

const CONNECTIONS = 8;
/** The server writes them, so this process stays free meanwhile. */
const ROWS_PER_STEP = 5_000;

const READ_CHECKPOINT = 'select position from {schema}.checkpoints where name = $1';
const SAVE_CHECKPOINT = `insert into {schema}.checkpoints (name, position) values ($1, $2)
on conflict (name) do update set position = excluded.position
returning set_config('synchronous_commit', 'off', true)`;
/** No row for a build that was dropped. */
const READ_SLICE = `select coalesce((
  select position from {schema}.read_model_slices where read_model = $1 and slice = $2), 0)
from {schema}.read_models where number = $1 and not dropped`;

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
    open: async <Row extends object>(shape: ReadModelShape<Row>, build?: number) => {
      const layout = await openLayout(pool, schema, {
        shape,
        ...(build !== undefined && { build }),
      });
      return createTable<Row>({ pool, run: whileKept(run), layout, schema });
    },
    builds: createBuilds({ pool, run, schema }),
    checkpoints: createCheckpoints(run),
    snapshots: createSnapshots(run),
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}

function createTable<Row extends object>(parts: SlicingParts): ReadModelTable<Row> {
  const { run, layout } = parts;
  const { table, number } = layout;
  const { apply, settle } = createWrites(run, layout);
  const scan = createScan(parts);
  // Each key looked up for itself: of a table of middling size the planner would rather read all.
  const sql = `select found.* from unnest($1::text[]) as asked (key)
    cross join lateral (select key, body from ${table} where key = asked.key offset 0) found`;
  const load = async (keys: readonly string[]): Promise<ReadonlyMap<string, Row>> => {
    const asked = textArray(keys.map(encodeText));
    const found = await run<readonly [string, string]>(sql, [asked]);
    return new Map(found.map(([key, body]) => [decodeText(key), JSON.parse(body) as Row]));
  };

  return {
    checkpoint: async (slice) => {
      const [row] = await run<readonly [string]>(READ_SLICE, [number, sliceId(slice)]);
      if (row === undefined) throw droppedFault();
      return BigInt(row[0]);
    },
    load,
    rowsPerStep: ROWS_PER_STEP,
    apply: (step) => apply(step as ReadModelStep<JsonObject>),
    get: async (key) => (await load([key])).get(key),
    find: async (request) => (await findRows(run, layout, request)) as FoundPage<Row>,
    clear: () => clearTable(parts),
    parking: {
      ...createParkedReads(run, layout),
      settle: (settlement) => settle(settlement as ParkedSettlement<JsonObject>),
    },
    slicing: createSlicing(parts),
    scan: async (after, limit) => (await scan(after, limit)) as ScannedRows<Row>,
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
