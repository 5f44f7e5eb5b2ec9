import type { AppendResult, EventEngine } from '@tidemark/core';
import { createCommit } from './commit.ts';
import { createCommitter } from './committer.ts';
import { channelOf, type PostgresOptions, parseTarget } from './connection.ts';
import { migrate } from './migrate.ts';
import { LOG_MIGRATIONS } from './migrations/log.ts';
import { createNews } from './news.ts';
import { createPool } from './pool.ts';
import { createReads, readHead } from './read-events.ts';
import { createRunRead } from './run-read.ts';
import { verifyEvents } from './verify-events.ts';

export interface PostgresEventEngineOptions extends PostgresOptions {
  /** Where to `LISTEN`: the server itself, when `url` is a proxy that pools transactions. `url` unless given. */
  readonly listenUrl?: string;
  /** `false` looks for news by asking now and then instead of listening. */
  readonly listen?: boolean;
  /** Connections for reads, beside the one that commits and the one that listens. 4 unless given. */
  readonly readConnections?: number;
}

const READ_CONNECTIONS = 4;

/**
 * Opens the log in a schema of a PostgreSQL server (15 or later), bringing its tables up to date. A batch is one
 * round trip on one connection; positions are given in commit order under the lock of one row, so several
 * processes may write. A server that runs with `fsync = off` breaks the promise of durability.
 *
 * @throws CONFIGURATION_INVALID, STORE_UNAVAILABLE.
 *
 * @example
 * const engine = await createPostgresEventEngine({ url: 'postgres://localhost/platform?schema=flights' });
 */
export async function createPostgresEventEngine(
  options: PostgresEventEngineOptions,
): Promise<EventEngine> {
  const target = parseTarget(options);
  const pool = createPool(target, options.readConnections ?? READ_CONNECTIONS);
  try {
    await migrate(pool, target.schema, LOG_MIGRATIONS);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const committer = createCommitter(target);
  const run = createRunRead(pool, target.schema);
  const listenTo = parseTarget({ ...options, url: options.listenUrl ?? options.url });
  const news = createNews({
    listenTo: options.listen === false ? undefined : listenTo.connectionString,
    channel: channelOf(target.schema),
    head: () => readHead(run),
  });
  const commit = createCommit(committer, target.schema);
  let closed: Promise<void> | undefined;

  return {
    capabilities: { queries: true },
    commit: async (batch) => {
      if (batch.length === 0) return [];
      const answers = await commit(batch);
      news.announce(lastPosition(answers));
      return answers;
    },
    ...createReads(run),
    awaitNews: news.awaitNews,
    verify: (signal) => verifyEvents(pool, target.schema, signal),
    close: () => {
      closed ??= Promise.all([news.close(), committer.close(), pool.end()]).then(() => undefined);
      return closed;
    },
  };
}

/** Position of the last event that a batch stored; 0 when it stored none. */
function lastPosition(answers: readonly AppendResult[]): bigint {
  const last = answers.findLast((answer) => answer.kind === 'appended');
  return last?.kind === 'appended' ? last.position : 0n;
}
