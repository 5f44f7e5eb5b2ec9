// POST of a command through gateway and service of the whole platform in one process, read models and audit
// running, beside a bare server of the same HTTP library. bench/README.md says more.
import type { Contender, Row } from './harness/row.ts';
import { runRows } from './harness/run-rows.ts';

const PROGRAM = 'bench/peers/requests.mjs';

const platform: Contender = { name: 'tidemark', program: PROGRAM, workload: 'platform' };
const bare: Contender = { name: 'bare server', program: PROGRAM, workload: 'bare' };
const rows: readonly Row[] = [
  {
    id: 'H64',
    what: 'POST /api/flights, 64 connections',
    limit: bare,
    ours: platform,
    wanted: { ofLimit: 0.3 },
    roundMs: 3_000,
    rounds: 5,
  },
];

await runRows(rows);
