import { createMemoryEventEngine } from '@tidemark/store-memory';
import { expect, test } from 'vitest';
import { asked, counter, increment } from '../test/counter.ts';
import { createEventStore } from './event-store.ts';
import { createCommandHandler } from './handle-command.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { createStreamFolds } from './stream-folds.ts';

test('a stream that is asked for alone is folded without waiting for the event loop', async () => {
  const store = createEventStore(createMemoryEventEngine());
  const keys = createMemoryKeys();
  const { codec, decider: view } = counter;
  const counters = createCommandHandler({ store, keys, aggregate: counter });
  await counters.handle('1', increment(1), asked());
  const folds = createStreamFolds({ store, keys, codec, view, cacheSize: 0 });
  for (let replays = 0; replays < 2; replays += 1) {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    expect((await folds.load('counter-1')).revision).toBe(0);
    expect(turned).toBe(false);
  }
});

test('a replay that fails keeps nobody waiting', async () => {
  const { codec, decider: view } = counter;
  const readStream = () => {
    throw new Error('was not read');
  };
  const keys = createMemoryKeys();
  const folds = createStreamFolds({ store: { readStream }, keys, codec, view, cacheSize: 0 });
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  for (let replays = 0; replays < 2; replays += 1) {
    await expect(folds.load('counter-1')).rejects.toThrow('was not read');
  }
  expect(turned).toBe(false);
});

test('streams that are asked for together are read and folded one after the other', async () => {
  const store = createEventStore(createMemoryEventEngine());
  const keys = createMemoryKeys();
  const { codec, decider } = counter;
  const counters = createCommandHandler({ store, keys, aggregate: counter });
  for (const id of ['1', '2', '3']) await counters.handle(id, increment(1), asked());

  const steps: string[] = [];
  const folds = createStreamFolds({
    ...{ keys, codec, cacheSize: 0 },
    store: {
      readStream: (stream, range) => {
        steps.push('read');
        return store.readStream(stream, range);
      },
    },
    view: {
      initialState: decider.initialState,
      evolve: (state, event) => {
        steps.push('fold');
        return decider.evolve(state, event);
      },
    },
  });
  await Promise.all([folds.load('counter-1'), folds.load('counter-2'), folds.load('counter-3')]);
  expect(steps).toEqual(['read', 'fold', 'read', 'fold', 'read', 'fold']);
});
