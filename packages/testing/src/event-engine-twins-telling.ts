import type { AppendRequest, EventEngine, Recorded } from '@tidemark/core';
import { type BreakEngine, type EventEngineTwin, turn } from './event-engine-twins-sabotage.ts';

const TELLS = 'a commit tells what it has stored, as reading answers it, and nothing else';
const TELLS_FIRST =
  'a commit tells what it has stored before there is news of it, and a commit that stores nothing tells nothing';

type Tell = (events: readonly Recorded[]) => void;

/** Tells something else of what was stored. */
const telling =
  (change: (stored: readonly Recorded[], tell: Tell, batch: readonly AppendRequest[]) => void) =>
  (engine: EventEngine): ReturnType<BreakEngine> => ({
    commit: (batch, onStored) =>
      engine.commit(batch, (stored) => change(stored, onStored ?? (() => undefined), batch)),
  });

export const tellingTwins: readonly EventEngineTwin[] = [
  {
    broken: 'announces news before it tells what it has stored',
    sabotage: (engine) => ({
      commit: async (batch, onStored) => {
        const all: Recorded[] = [];
        const results = await engine.commit(batch, (stored) => void all.push(...stored));
        await turn();
        onStored?.(all);
        return results;
      },
    }),
    caughtBy: [TELLS_FIRST],
  },
  {
    broken: 'tells what it tried to store',
    sabotage: (engine) => ({
      commit: (batch, onStored) => {
        const events = batch.flatMap((request) => request.events);
        onStored?.(
          events.map((event) => ({ ...event, revision: 0, position: 1n, recordedAt: '' })),
        );
        return engine.commit(batch);
      },
    }),
    caughtBy: [TELLS, TELLS_FIRST],
  },
  {
    broken: 'tells nobody what it has stored',
    sabotage: telling(() => undefined),
    caughtBy: [TELLS],
  },
  {
    broken: 'tells the data that it was given, not what it made of it',
    sabotage: telling((stored, tell, batch) => {
      const given = new Map(batch.flatMap(({ events }) => events.map((one) => [one.id, one.data])));
      tell(stored.map((event) => ({ ...event, data: given.get(event.id) ?? event.data })));
    }),
    caughtBy: [TELLS],
  },
  {
    broken: 'tells what it has refused as well',
    sabotage: telling((stored, tell, batch) => {
      const [first] = stored as readonly [Recorded];
      const refused = batch.flatMap(({ events }) => events).slice(0, 1);
      tell([...stored, ...refused.map((event) => ({ ...first, ...event }))]);
    }),
    caughtBy: [TELLS],
  },
  {
    broken: 'tells the newest event first',
    sabotage: telling((stored, tell) => tell([...stored].reverse())),
    caughtBy: [TELLS],
  },
  {
    broken: 'tells events without their tags',
    sabotage: telling((stored, tell) => tell(stored.map(({ tags: _, ...event }) => event))),
    caughtBy: [TELLS],
  },
];
