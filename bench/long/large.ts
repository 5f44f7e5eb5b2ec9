// Rows that need a large log: M, the memory of a process that works on 1,000,000 streams and 10,000,000 events.
// STREAMS_LARGE and EVENTS_LARGE choose the sizes.
import type { Row } from '../harness/row.ts';
import { runRows } from '../harness/run-rows.ts';
import { sizeFromEnv } from '../harness/settings.ts';

const streams = sizeFromEnv('STREAMS_LARGE', 1_000_000);
const events = sizeFromEnv('EVENTS_LARGE', 10_000_000);
const rows: readonly Row[] = [
  {
    id: 'M',
    what: `memory at ${streams.toLocaleString('en')} streams, ${events.toLocaleString('en')} events`,
    ours: {
      name: 'tidemark',
      program: 'bench/contestants/ours.ts',
      workload: 'memory',
      options: { streams, events },
    },
    wanted: { atMost: { residentMb: 400 } },
    rounds: 3,
    roundMs: 5_000,
  },
];

await runRows(rows);
