import { type EventEngine, Fault } from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryReadModels,
  createMemoryTimers,
} from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { type CounterEvent, counterCodec } from '../test/counter.ts';
import { readAll } from '../test/engines.ts';
import {
  type LateInput,
  type LateOrder,
  type LateState,
  lateInputs,
  lateProcess,
} from '../test/late-process.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { gate, until } from '../test/turns.ts';
import { createEventStore } from './event-store.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { createProcessManager } from './process-manager.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

test('a reminder does not overtake an event of its instance that cannot be recorded just now', async () => {
  const clock = createFakeClock(Date.UTC(2030, 0, 1));
  const memory = createMemoryEventEngine({ clock });
  const timers = createMemoryTimers();
  const { checkpoints } = createMemoryReadModels();
  const nudged: string[] = [];
  const start = (engine: EventEngine) => {
    const stop = new AbortController();
    const ended = createProcessManager<CounterEvent, LateInput, LateState, LateOrder>({
      ...{ keys: createMemoryKeys(), checkpoints, clock, timers },
      store: createEventStore(engine),
      process: lateProcess,
      inputs: lateInputs,
      source: { categories: ['counter'], codec: counterCodec },
      toInput: ({ stream, event }) =>
        event.type === 'Incremented'
          ? { type: 'Moved', data: { counter: stream.slice(8), by: event.data.by } }
          : undefined,
      send: async ({ data }) => {
        nudged.push(data.counter);
      },
      onFailure: { retries: 0, backoffMs: 1, giveUp: 'stop' },
      log: createLogKeeper().log,
    }).run(stop.signal);
    return { ended, stop };
  };
  const move = (id: string, by: number) =>
    memory.commit([
      {
        events: [newEvent('counter-a', { id, type: 'Incremented', data: { by } })],
        conditions: [],
      },
    ]);
  const pending = () => timers.due({ owner: 'late', nowMs: clock.now() + 1_000, limit: 10 });

  await move('begins', 500);
  const first = start(memory);
  await until(async () => (await pending()).length === 1);
  first.stop.abort();
  await first.ended;
  await move('ends', -1);
  await clock.advance(1_000);

  // The store is away for one append, while the reminder, due by now, stands in line behind the event.
  const asked = gate();
  const { opened: away, open: goAway } = gate();
  let commits = 0;
  const second = start({
    ...memory,
    commit: async (batch, onStored) => {
      commits += 1;
      if (commits > 1) return memory.commit(batch, onStored);
      asked.open();
      await away;
      throw new Fault('STORE_UNAVAILABLE', 'no answer');
    },
  });
  await asked.opened;
  for (let turns = 0; turns < 20; turns += 1) await turnOfTheLoop();
  goAway();
  await expect(second.ended).rejects.toThrow('no answer');
  expect(await readAll(memory, 'late-a')).toHaveLength(1);

  const third = start(memory);
  await until(async () => (await pending()).length === 0);
  third.stop.abort();
  await third.ended;
  expect(nudged).toEqual([]);
  const inputs = await readAll(memory, 'late-a');
  expect(inputs.map(({ id }) => id)).toEqual(['late/begins.0', 'late/ends.0']);
});
