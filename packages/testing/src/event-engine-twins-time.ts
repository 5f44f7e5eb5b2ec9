import type { Recorded } from '@tidemark/core';
import { readWholeLog } from './event-engine-contract-case.ts';
import {
  type BreakEngine,
  type EventEngineTwin,
  eventsRead,
} from './event-engine-twins-sabotage.ts';

const CLOCK = 'recordedAt is what the clock shows, to the millisecond';
const SET_BACK = 'recordedAt never falls in the order of the log, though the clock is set back';
const REOPENED = 'an engine opened again records nothing earlier than what is in the log';
const TWO = 'of two engines none records anything earlier than what the other has written';

/** Gives what this engine writes another time: `choose` is told the clock's and the last that it gave itself. */
function stampedBy(choose: (nowMs: number, lastMs: number | undefined) => number): BreakEngine {
  return (engine, clock) => {
    const stamps = new Map<bigint, number>();
    let lastMs: number | undefined;
    const reads = eventsRead((event: Recorded) => {
      const ms = stamps.get(event.position);
      return ms === undefined ? event : { ...event, recordedAt: new Date(ms).toISOString() };
    })(engine);
    return {
      ...reads,
      commit: async (batch) => {
        const after = await engine.head();
        const results = await engine.commit(batch);
        lastMs = choose(clock.now(), lastMs);
        for (const { position } of await readWholeLog(engine, { after })) {
          stamps.set(position, lastMs);
        }
        return results;
      },
    };
  };
}

/** When events are recorded. */
export const timeTwins: readonly EventEngineTwin[] = [
  {
    broken: 'stamps by its clock, whatever is in the log',
    sabotage: stampedBy((nowMs) => nowMs),
    caughtBy: [SET_BACK, REOPENED, TWO],
  },
  {
    broken: 'stamps nothing earlier than what it has written itself',
    sabotage: stampedBy((nowMs, lastMs = 0) => Math.max(nowMs, lastMs)),
    caughtBy: [REOPENED, TWO],
  },
  {
    broken: 'stamps a millisecond later than what it wrote before, when its clock stands behind',
    sabotage: stampedBy((nowMs, lastMs = 0) => (nowMs > lastMs ? nowMs : lastMs + 1)),
    caughtBy: [SET_BACK],
  },
  {
    broken: 'stamps in whole seconds',
    sabotage: stampedBy((nowMs) => nowMs - (nowMs % 1_000)),
    caughtBy: [CLOCK],
  },
];
