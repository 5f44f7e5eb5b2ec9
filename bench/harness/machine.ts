import { cpus, release, totalmem, type } from 'node:os';
import { openSqlite } from '@tidemark/store-sqlite';

const GIB = 1_024 ** 3;

/** What was measured on, in a line each. */
export async function describeMachine(more: readonly string[] = []): Promise<string> {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / GIB)} GiB`;
  return [
    `${machine}; ${type()} ${release()}; Node ${process.version}; SQLite ${await sqliteVersion()}`,
    ...more,
    `${new Date().toISOString().slice(0, 10)}. Only ratios count: absolute figures of a shared machine move by half.`,
  ].join('  \n');
}

async function sqliteVersion(): Promise<string> {
  const database = await openSqlite(':memory:');
  const row = database.prepare('SELECT sqlite_version() AS version').get() as { version: string };
  database.close();
  return row.version;
}
