// Random failures, crashes and lost checkpoints of a process: each instance takes its inputs in order, and none is lost.
import {
  type Clock,
  createCodec,
  Fault,
  type MessagesOf,
  type Parking,
  type Process,
  storedAs,
} from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryParking,
  createMemoryReadModels,
  createMemoryStorage,
} from '@tidemark/store-memory';
import { newEvent } from '@tidemark/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CounterEvent, counterCodec } from '../test/counter.ts';
import { readAll } from '../test/engines.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { until } from '../test/turns.ts';
import { createEventStore } from './event-store.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { createProcessManager } from './process-manager.ts';

type Input = MessagesOf<{ Moved: { counter: string; by: number } }>;
type Order = MessagesOf<{ Tell: { counter: string; by: number } }>;

const telling: Process<Input, null, Order> = {
  name: 'telling',
  initialState: null,
  evolve: () => null,
  correlate: ({ data }) => data.counter,
  react: (_state, { data }) => [{ kind: 'send', command: { type: 'Tell', data } }],
};
const inputs = createCodec<Input>({ Moved: storedAs({ parse: (data) => data as never }) });
/** Time passes at once. */
const clock: Clock = { now: () => 0, after: () => () => {}, sleep: async () => {} };

const moves = fc.array(
  fc.record({
    counter: fc.constantFrom('a', 'b', 'c'),
    failures: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(4), fc.constant(1_000)),
  }),
  { minLength: 1, maxLength: 15 },
);
/** How many calls of the parking place go well before one breaks, before it is done or after; then the process is run again. */
const crashes = fc.array(fc.record({ after: fc.nat(4), isDone: fc.boolean(), back: fc.nat(9) }), {
  maxLength: 4,
});

function createWorld(failures: Map<number, number>) {
  const storage = createMemoryStorage();
  const engine = createMemoryEventEngine({ storage });
  const kept = createMemoryParking();
  const { checkpoints } = createMemoryReadModels();
  const told: { readonly counter: string; readonly by: number; readonly id: string }[] = [];
  const open = (parking: Parking) =>
    createProcessManager<CounterEvent, Input, null, Order>({
      ...{ store: createEventStore(engine), keys: createMemoryKeys(), process: telling, inputs },
      source: { categories: ['counter'], codec: counterCodec },
      toInput: ({ stream, event }) =>
        event.type === 'Incremented'
          ? { type: 'Moved', data: { counter: stream.slice(8), by: event.data.by } }
          : undefined,
      send: async ({ data: { counter, by } }, { commandId }) => {
        const left = failures.get(by) ?? 0;
        failures.set(by, left - 1);
        if (left > 0) throw new Error(`nobody hears ${by}`);
        told.push({ counter, by, id: commandId });
      },
      ...{ checkpoints, parking, clock, log: createLogKeeper().log },
      onFailure: { retries: 1, backoffMs: 1, giveUp: 'park' },
    });
  return { engine, kept, checkpoints, told, open };
}

/** Breaks one of its calls. */
function breaking(parking: Parking, after: number, isDone: boolean): Parking {
  let left = after;
  return {
    ...parking,
    park: async (request) => {
      left -= 1;
      const breaks = left === -1;
      if (!breaks || isDone) {
        const answer = await parking.park(request);
        if (!breaks) return answer;
      }
      throw new Fault('STORE_UNAVAILABLE', 'the line went dead');
    },
  };
}

test('each instance takes its inputs in order through failures and crashes, and none is lost', async () => {
  const property = fc.asyncProperty(moves, crashes, async (moved, broken) => {
    const failures = new Map(moved.map((one, by) => [by + 1, one.failures]));
    const { engine, kept, checkpoints, told, open } = createWorld(failures);
    const events = moved.map(({ counter }, place) =>
      newEvent(`counter-${counter}`, { type: 'Incremented', data: { by: place + 1 } }),
    );
    await engine.commit([{ events, conditions: [] }]);
    const runOn = async (parking: Parking) => {
      const stop = new AbortController();
      let died = false;
      const ended = open(parking)
        .run(stop.signal)
        .catch(() => {
          died = true;
        });
      const end = BigInt(moved.length);
      await until(async () => died || (await checkpoints.load('process/telling')) >= end);
      stop.abort();
      await ended;
    };
    for (const { after, isDone, back } of broken) {
      await runOn(breaking(kept, after, isDone));
      const reached = await checkpoints.load('process/telling');
      const less = reached - BigInt(back);
      await checkpoints.save('process/telling', less > 0n ? less : 0n);
    }
    await runOn(kept);
    failures.clear();
    const { parked } = open(kept);
    for (const { key } of await parked.list(9)) await parked.retry(key);

    expect(await parked.list(9)).toEqual([]);
    const ids = new Map(told.map(({ by, id }) => [by, id]));
    expect(told.filter(({ by, id }) => ids.get(by) !== id)).toEqual([]);
    for (const counter of ['a', 'b', 'c']) {
      const asked = moved.flatMap((one, place) => (one.counter === counter ? [place + 1] : []));
      const heard = new Set(told.filter((one) => one.counter === counter).map(({ by }) => by));
      expect([...heard], counter).toEqual(asked);
      const recorded = await readAll(engine, `telling-${counter}`);
      expect(recorded.map(({ data }) => data.by)).toEqual(asked);
    }
  });
  await fc.assert(property, { numRuns: 150 });
});
