// Tidemark's side of every row.
import { contest } from '../harness/contestant.ts';
import { prepareAppends, prepareTagged } from './ours-appends.ts';
import { prepareCommands } from './ours-commands.ts';
import { prepareLatency, prepareLatencyBetween, prepareSamples } from './ours-latency.ts';
import { prepareMemory } from './ours-memory.ts';
import { preparePair } from './ours-pair.ts';
import { prepareCatchUp, prepareLogRead, prepareStreamRead } from './ours-reads.ts';
import { prepareRebuild } from './ours-rebuild.ts';
import { prepareFirstAppend, prepareRestart, prepareVictim } from './ours-restart.ts';

contest({
  append: prepareAppends,
  'append-samples': prepareSamples,
  'catch-up': prepareCatchUp,
  command: prepareCommands,
  'first-append': prepareFirstAppend,
  latency: prepareLatency,
  'latency-between': prepareLatencyBetween,
  memory: prepareMemory,
  pair: preparePair,
  'read-log': prepareLogRead,
  'read-stream': prepareStreamRead,
  rebuild: prepareRebuild,
  restart: prepareRestart,
  tagged: prepareTagged,
  victim: prepareVictim,
});
