import {
  createCodec,
  type Erased,
  isErased,
  type MessagesOf,
  type Process,
  storedAs,
} from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryReadModels,
  createMemoryStorage,
} from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { type CounterEvent, counterCodec } from '../test/counter.ts';
import { readAll } from '../test/engines.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { until } from '../test/turns.ts';
import { createEventStore } from './event-store.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { createProcessManager } from './process-manager.ts';

/** An input that brings a name along, and a state that keeps it. */
type Input = MessagesOf<{ Moved: { counter: string; name: string | Erased } }>;
type Order = MessagesOf<{ Greet: { name: string | Erased; before: string | Erased | undefined } }>;
interface State {
  readonly name?: string | Erased;
  readonly before?: string | Erased | undefined;
}

const greeting: Process<Input, State, Order> = {
  name: 'greeting',
  initialState: {},
  evolve: ({ name }, { data }) => ({ name: data.name, before: name }),
  correlate: ({ data }) => data.counter,
  react: ({ before }, { data: { name } }) => [
    { kind: 'send', command: { type: 'Greet', data: { name, before } } },
  ],
};

const inputs = createCodec<Input>({
  Moved: { ...storedAs({ parse: (data) => data as never }), personal: { name: 'counter' } },
});

test('an input about somebody who has been erased is recorded without what is personal, and stops nothing', async () => {
  const storage = createMemoryStorage();
  const engine = createMemoryEventEngine({ storage });
  const keys = createMemoryKeys();
  const { checkpoints } = createMemoryReadModels();
  const greeted: string[] = [];
  const shown = (name: string | Erased | undefined) => (isErased(name) ? 'erased' : name);
  const manager = createProcessManager<CounterEvent, Input, State, Order>({
    ...{ store: createEventStore(engine), keys, process: greeting, inputs, checkpoints },
    source: { categories: ['counter'], codec: counterCodec },
    toInput: ({ stream }) => ({ type: 'Moved', data: { counter: stream.slice(8), name: 'Ada' } }),
    send: async ({ data: { name, before } }) => {
      greeted.push(`${shown(name)} after ${shown(before)}`);
    },
    onFailure: { retries: 0, backoffMs: 1, giveUp: 'stop' },
    ...{ clock: createFakeClock(), log: createLogKeeper().log },
  });
  const move = async (...ids: readonly string[]) => {
    const data = { by: 1 };
    const events = ids.map((id) => newEvent(`counter-${id}`, { type: 'Incremented', data }));
    await engine.commit([{ events, conditions: [] }]);
  };
  const stop = new AbortController();
  const ended = manager.run(stop.signal);
  await move('a', 'b');
  await until(() => greeted.length === 2);
  await keys.erase('a');
  await move('a', 'b');
  await until(() => greeted.length === 4);
  expect([...greeted].sort()).toEqual([
    ...['Ada after Ada', 'Ada after undefined', 'Ada after undefined', 'erased after erased'],
  ]);
  const recorded = (await readAll(engine, 'greeting-a')).map(({ data }) => data);
  expect(recorded).toMatchObject([
    { name: { $subject: 'a', $sealed: expect.stringMatching(/./) } },
    { name: { $subject: 'a', $sealed: '' } },
  ]);
  stop.abort();
  await ended;
});
