// How soon after `kill -9` the next command is accepted, with a large log: a store on SQLite, a store on PostgreSQL,
// and the whole platform (bundled: run `npm run build` before). bench/README.md says more.
import { existsSync } from 'node:fs';
import { startPostgres } from '@tidemark/testing';
import type { Contender, Row } from './harness/row.ts';
import { runRows } from './harness/run-rows.ts';
import { SIZES } from './harness/settings.ts';

const WITHIN_MS = 2_000;
const events = SIZES.filled.toLocaleString('en');

const store: Contender = {
  name: 'tidemark',
  program: 'bench/contestants/ours.ts',
  workload: 'restart',
};
const platform: Contender = {
  ...store,
  program: 'bench/contestants/platform-restart.ts',
};

function row(id: string, what: string, ours: Contender): Row {
  return { id, what, ours, wanted: { atMost: { tookMs: WITHIN_MS } }, rounds: 3 };
}

console.log('## On files\n');
const onFiles = [row('S', `SQLite, ${events} events: first acknowledged append`, store)];
if (existsSync('platform/dist/main.js')) {
  const what = `the platform, ${events} events of flights: first accepted POST`;
  onFiles.push(row('SP', what, platform));
} else console.error('The platform is not built: npm run build.');
await runRows(onFiles);

console.log('\n## On PostgreSQL\n');
const server = await startPostgres();
try {
  const what = `PostgreSQL, ${events} events: first acknowledged append`;
  await runRows([row('SQ', what, store)], { url: server.url });
} finally {
  await server.stop();
}
