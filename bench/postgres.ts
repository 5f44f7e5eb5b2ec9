// Tidemark on PostgreSQL beside pgbench, statements written by hand and peers, all promises on. bench/README.md says
// what each row does. ROWS=A1,T64 measures only these; POSTGRES_URL names a server, else one of its own is started.
import { execFileSync } from 'node:child_process';
import { startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { runRows } from './harness/run-rows.ts';
import { postgresRows } from './rows/postgres.ts';

const server = await startPostgres();
try {
  const versions = [`PostgreSQL ${await versionOf(server.url)}, fsync on, over loopback`];
  await runRows(postgresRows({ pgbench: hasPgbench() }), { url: server.url, versions });
} finally {
  await server.stop();
}

async function versionOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  return rows[0]?.server_version ?? 'unknown';
}

function hasPgbench(): boolean {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('pgbench is not installed: one insert a statement on one connection stands in.');
    return false;
  }
}
