import { createLogBus } from '@tidemark/bus-log';
import { busCases } from './bus-contract.ts';
import { type BreakBus, busTwins } from './bus-twins.ts';
import { busReplayTwins } from './bus-twins-replay.ts';
import { registerTwins } from './twins.ts';

async function openSubject(sabotage: BreakBus = () => ({})) {
  const intact = createLogBus();
  const bus = { ...intact, ...sabotage(intact) };
  return { bus, close: intact.close };
}

registerTwins({
  port: 'message bus',
  cases: busCases,
  twins: [...busTwins, ...busReplayTwins],
  open: openSubject,
});
