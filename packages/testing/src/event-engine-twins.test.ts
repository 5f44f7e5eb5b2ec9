import { type Clock, type EventEngine, Fault, type Recorded } from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryStorage,
  type MemoryStorage,
} from '@tidemark/store-memory';
import { eventEngineCases } from './event-engine-contract.ts';
import type { EventEngineSubject } from './event-engine-contract-case.ts';
import { appendTwins } from './event-engine-twins-append.ts';
import { commandTwins } from './event-engine-twins-commands.ts';
import { limitTwins } from './event-engine-twins-limits.ts';
import { queryTwins } from './event-engine-twins-queries.ts';
import { raceTwins } from './event-engine-twins-races.ts';
import { readTwins } from './event-engine-twins-reads.ts';
import { type BreakEngine, turn } from './event-engine-twins-sabotage.ts';
import { storageTwins } from './event-engine-twins-storage.ts';
import { tellingTwins } from './event-engine-twins-telling.ts';
import { timeTwins } from './event-engine-twins-time.ts';
import { verifyTwins } from './event-engine-twins-verify.ts';
import { registerTwins } from './twins.ts';

interface Opened {
  readonly storage: MemoryStorage;
  readonly sums: Map<bigint, string>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Memory does not rot, so the engine in memory checks nothing. This is what a file needs, over it. */
function createCheckedEngine({ storage, sums, clock }: Opened): EventEngine {
  const engine = createMemoryEventEngine({ storage, clock });
  const checked = (event: Recorded): Recorded => {
    if (sums.get(event.position) === JSON.stringify(event.data)) return event;
    throw new Fault('LOG_CORRUPT', `position ${event.position} was changed`);
  };
  return {
    ...engine,
    commit: async (batch, onStored) => {
      const results = await engine.commit(batch, onStored);
      for (let place = sums.size; place < storage.log.length; place += 1) {
        const { position, data } = storage.log[place] as Recorded;
        sums.set(position, JSON.stringify(data));
      }
      return results;
    },
    async *readStream(stream, range = {}) {
      let next = Math.max(0, range.from ?? 0);
      for await (const page of engine.readStream(stream, range)) {
        for (const { revision } of page) {
          if (revision !== next) throw new Fault('LOG_CORRUPT', 'not contiguous');
          next = revision + 1;
        }
        yield page.map(checked);
      }
    },
    readLog: async (page) => {
      const found = await engine.readLog(page);
      return { ...found, events: found.events.map(checked) };
    },
    verify: async (signal) => {
      const { log, streams } = structuredClone({ log: storage.log, streams: storage.streams });
      await turn();
      signal.throwIfAborted();
      const found = [...streams.values()].flat().length;
      const detail = `${found} of ${log.length} events`;
      return [{ check: 'events are in streams', isSound: found === log.length, detail }];
    },
  };
}

async function openSubject(sabotage: BreakEngine = () => ({})): Promise<EventEngineSubject> {
  const storage = createMemoryStorage();
  let atMs: number | undefined;
  const clock = { now: () => atMs ?? Date.now() };
  const opened = { storage, sums: new Map<bigint, string>(), clock };
  const openOne = async () => {
    const engine = createCheckedEngine(opened);
    return { ...engine, ...sabotage(engine, clock) };
  };
  const setClock = async (nowMs: number) => {
    atMs = nowMs;
  };
  const engine = await openOne();
  const damage: EventEngineSubject['damage'] = async (position, how) => {
    const event = storage.log[Number(position) - 1] as Recorded;
    const stream = storage.streams.get(event.stream) as Recorded[];
    const place = stream.indexOf(event);
    const changed = { ...event, data: { n: 'changed' } };
    storage.log[Number(position) - 1] = changed;
    stream.splice(place, 1, ...(how === 'changed' ? [changed] : []));
  };
  const { close } = engine;
  const tells = true as const;
  const can = { openSecond: openOne, reopen: openOne, setClock, damage, tells, verifies: tells };
  return { engine, ...can, close };
}

registerTwins({
  port: 'event engine',
  cases: eventEngineCases,
  twins: [
    ...appendTwins,
    ...limitTwins,
    ...queryTwins,
    ...commandTwins,
    ...readTwins,
    ...storageTwins,
    ...raceTwins,
    ...timeTwins,
    ...tellingTwins,
    ...verifyTwins,
  ],
  open: openSubject,
});
