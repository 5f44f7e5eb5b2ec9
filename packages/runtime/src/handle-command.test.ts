import { ERASED, type EventEngine, type StreamRange } from '@tidemark/core';
import { createMemoryEventEngine, createMemoryStorage } from '@tidemark/store-memory';
import { describe, expect, test } from 'vitest';
import {
  asked,
  type CounterCommand,
  type CounterState,
  counter,
  increment,
} from '../test/counter.ts';
import { readAll } from '../test/engines.ts';
import { createEventStore } from './event-store.ts';
import { createCommandHandler } from './handle-command.ts';
import { createMemoryKeys } from './memory-keys.ts';

function setUp(engine: EventEngine = createMemoryEventEngine()) {
  const keys = createMemoryKeys();
  const store = createEventStore(engine);
  const newHandler = (attempts?: number) =>
    createCommandHandler({ store, keys, aggregate: counter, ...(attempts && { attempts }) });
  return { engine, keys, store, newHandler, counters: newHandler() };
}

/** Another process that writes the counter's stream between each load and append, so many times. */
function interferingEngine(times: number): EventEngine {
  const storage = createMemoryStorage();
  const mine = createMemoryEventEngine({ storage });
  const other = createCommandHandler({
    store: createEventStore(createMemoryEventEngine({ storage })),
    keys: createMemoryKeys(),
    aggregate: counter,
  });
  let left = times;
  return {
    ...mine,
    commit: async (batch) => {
      if (left > 0) {
        left -= 1;
        await other.handle('1', increment(100), asked());
      }
      return mine.commit(batch);
    },
  };
}

describe('a command', () => {
  test('is stored with ids derived from its id, and itself as the cause', async () => {
    const { engine, counters } = setUp();
    const context = asked({ commandId: 'command-a' });
    const outcome = await counters.handle('1', increment(2), context);
    expect(outcome).toEqual({ status: 'accepted', revision: 0, position: 1n, repeated: false });
    expect(await readAll(engine, 'counter-1')).toMatchObject([
      {
        id: 'command-a.0',
        type: 'Incremented',
        data: { by: 2 },
        cause: { correlationId: 'correlation-1', causationId: 'command-a', actor: 'tester' },
      },
    ]);
  });

  test('that is as long as an id may be still gives event ids that fit', async () => {
    const { engine, counters } = setUp();
    const commandId = 'c'.repeat(200);
    await counters.handle('1', increment(2), asked({ commandId }));
    const [event] = await readAll(engine, 'counter-1');
    expect(event?.id).toMatch(/^[0-9a-f-]{36}\.0$/);
  });

  test('that is refused says why, and stores nothing', async () => {
    const { engine, counters } = setUp();
    const outcome = await counters.handle('1', increment(5, 3), asked());
    expect(outcome).toEqual({
      status: 'rejected',
      reason: 'limit-reached',
      details: { limit: 3 },
    });
    expect(await engine.head()).toBe(0n);
  });

  test('that changes nothing answers the place of the last event of its stream', async () => {
    const { counters } = setUp();
    expect(await counters.handle('1', increment(0), asked())).toEqual({
      status: 'unchanged',
      revision: 'none',
      position: 0n,
    });
    await counters.handle('1', increment(1), asked());
    await counters.handle('2', increment(1), asked());
    expect(await counters.handle('1', increment(0), asked())).toEqual({
      status: 'unchanged',
      revision: 0,
      position: 1n,
    });
  });
});

describe('a command on a stream that is said to be new', () => {
  test('is decided without reading', async () => {
    const engine = createMemoryEventEngine();
    const readStream: EventEngine['readStream'] = () => {
      throw new Error('was read');
    };
    const { counters } = setUp({ ...engine, readStream });
    const context = asked({ expectedRevision: 'none' });
    expect(await counters.handle('1', increment(1), context)).toMatchObject({ revision: 0 });
  });

  test('is decided on what the stream holds when it turns out not to be', async () => {
    const { counters, newHandler } = setUp();
    await counters.handle('1', increment(3, 3), asked());
    const context = asked({ expectedRevision: 'none' });
    const conflict = { status: 'conflicted', actual: 0, attempts: 1 };
    expect(await newHandler().handle('1', increment(1), context)).toEqual(conflict);
  });
});

describe('a repeated command', () => {
  test('answers as the first time and changes nothing, also after a restart', async () => {
    const { engine, counters, newHandler } = setUp();
    const context = asked();
    await counters.handle('1', increment(1), context);
    await counters.handle('1', increment(1), asked());
    for (const handler of [counters, newHandler()]) {
      expect(await handler.handle('1', increment(1), context)).toEqual({
        status: 'accepted',
        revision: 0,
        position: 1n,
        repeated: true,
      });
    }
    expect(await engine.head()).toBe(2n);
  });

  test('is accepted although the state would now refuse it, or its revision has passed', async () => {
    const { counters } = setUp();
    const context = asked({ expectedRevision: 'none' });
    await counters.handle('1', increment(3, 3), context);
    const repeated = { status: 'accepted', revision: 0, repeated: true };
    expect(await counters.handle('1', increment(3, 3), context)).toMatchObject(repeated);
    const { expectedRevision: _, ...unconditional } = context;
    expect(await counters.handle('1', increment(3, 3), unconditional)).toMatchObject(repeated);
  });

  test('is decided again when it was refused before', async () => {
    const { counters } = setUp();
    const context = asked();
    await counters.handle('1', increment(5, 3), context);
    expect(await counters.handle('1', increment(2, 3), context)).toMatchObject({
      status: 'accepted',
      repeated: false,
    });
  });

  test('is mismatched when its fingerprint or its stream is another', async () => {
    const { counters } = setUp();
    const context = asked({ fingerprint: 'body-1' });
    await counters.handle('1', increment(1), context);
    const other = { ...context, fingerprint: 'body-2' };
    for (const by of [1, 0]) {
      expect(await counters.handle('1', increment(by), other)).toEqual({ status: 'mismatched' });
      expect(await counters.handle('2', increment(by), context)).toEqual({ status: 'mismatched' });
    }
  });

  test('is answered although its subject was erased in between, and a new one is refused', async () => {
    const { counters, keys } = setUp();
    const own: CounterCommand = { type: 'Own', data: { owner: 'person-1', name: 'Ada' } };
    const context = asked();
    await counters.handle('1', own, context);
    await keys.erase('person-1');
    expect(await counters.handle('1', own, context)).toMatchObject({ repeated: true });
    const refused = { status: 'rejected', reason: 'subject-erased' };
    expect(await counters.handle('1', own, asked())).toEqual(refused);
    expect((await counters.load('1')).revision).toBe(0);
  });
});

describe('a command whose events cannot be stored', () => {
  const { decider, codec } = counter;
  /** Of a state above ten it decides what the codec does not take. */
  const narrow: typeof counter = {
    ...counter,
    codec,
    decider: {
      ...decider,
      decide: (command, state) => {
        const decision = decider.decide(command, state);
        if (state.count <= 10) return decision;
        return [{ type: 'Incremented', data: { by: 'too much' as never } }];
      },
    },
  };

  test('is refused as a fault, and stores nothing', async () => {
    const { store, keys, counters } = setUp();
    await counters.handle('1', increment(11), asked());
    const handler = createCommandHandler({ store, keys, aggregate: narrow });
    const refused = expect(handler.handle('1', increment(1), asked())).rejects;
    await refused.toMatchObject({ code: 'EVENT_INVALID' });
    expect(await store.head()).toBe(1n);
  });

  test('because its state in memory is out of date is decided on what is stored', async () => {
    const { store, keys, counters } = setUp();
    const handler = createCommandHandler({ store, keys, aggregate: narrow });
    await counters.handle('1', increment(11), asked());
    await handler.load('1');
    await counters.handle('1', increment(-11), asked());
    expect(await handler.handle('1', increment(1), asked())).toMatchObject({ revision: 2 });
  });

  test('is answered as the first time when it had been stored before', async () => {
    const { store, keys } = setUp();
    const handler = createCommandHandler({ store, keys, aggregate: narrow });
    const context = asked();
    await handler.handle('1', increment(11), context);
    const repeated = { status: 'accepted', revision: 0, position: 1n, repeated: true };
    expect(await handler.handle('1', increment(11), context)).toEqual(repeated);
  });
});

describe('races', () => {
  test('64 callers on one stream are all accepted, one revision each', async () => {
    const { counters } = setUp();
    const outcomes = await Promise.all(
      Array.from({ length: 64 }, () => counters.handle('1', increment(1), asked())),
    );
    expect(outcomes.map((outcome) => outcome.status === 'accepted' && outcome.revision)).toEqual(
      Array.from({ length: 64 }, (_, revision) => revision),
    );
    expect(await counters.load('1')).toEqual({ state: { count: 64 }, revision: 63 });
  });

  test('of 64 callers that expect the same revision one wins and the others are told at once', async () => {
    const { counters, newHandler } = setUp();
    const handlers = [counters, newHandler()];
    const outcomes = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        handlers[n % 2]?.handle('1', increment(1), asked({ expectedRevision: 'none' })),
      ),
    );
    const lost = outcomes.filter((outcome) => outcome?.status === 'conflicted');
    expect(lost).toEqual(Array(63).fill({ status: 'conflicted', actual: 0, attempts: 1 }));
    expect(outcomes.filter((outcome) => outcome?.status === 'accepted')).toHaveLength(1);
  });

  test('callers in several handlers on one stream lose nothing', async () => {
    const { newHandler, counters } = setUp();
    const handlers = Array.from({ length: 8 }, () => newHandler(100));
    const outcomes = await Promise.all(
      handlers.flatMap((handler) =>
        Array.from({ length: 8 }, () => handler.handle('1', increment(1), asked())),
      ),
    );
    expect(outcomes.every((outcome) => outcome.status === 'accepted')).toBe(true);
    expect(await counters.load('1')).toEqual({ state: { count: 64 }, revision: 63 });
  });

  test('a conflict is decided again on what the other wrote', async () => {
    const { counters } = setUp(interferingEngine(3));
    expect(await counters.handle('1', increment(1), asked())).toMatchObject({
      status: 'accepted',
      revision: 3,
    });
    const { counters: limited } = setUp(interferingEngine(1));
    expect(await limited.handle('1', increment(1, 50), asked())).toMatchObject({
      status: 'rejected',
    });
  });

  test('who loses too often in a row is told so', async () => {
    const { counters } = setUp(interferingEngine(5));
    expect(await counters.handle('1', increment(1), asked())).toEqual({
      status: 'conflicted',
      actual: 4,
      attempts: 5,
    });
  });

  test('an expected revision that is lost at the append is not tried again', async () => {
    const { counters } = setUp(interferingEngine(1));
    const context = asked({ expectedRevision: 'none' });
    expect(await counters.handle('1', increment(1), context)).toEqual({
      status: 'conflicted',
      actual: 0,
      attempts: 1,
    });
  });
});

describe('the state', () => {
  test('is topped up from the tail when another handler wrote, and not read from the start', async () => {
    const ranges: StreamRange[] = [];
    const memory = createMemoryEventEngine();
    const { counters, newHandler } = setUp({
      ...memory,
      readStream: (stream, range = {}) => {
        ranges.push(range);
        return memory.readStream(stream, range);
      },
    });
    await counters.handle('1', increment(1), asked());
    await newHandler().handle('1', increment(10), asked());
    ranges.length = 0;
    expect(await counters.handle('1', increment(1, 12), asked())).toMatchObject({
      status: 'accepted',
      revision: 2,
    });
    expect(ranges).toEqual([{ from: 1 }]);
    expect(await counters.load('1')).toEqual({ state: { count: 12 }, revision: 2 });
  });

  test('in memory is decided on without a read, as long as nobody else writes', async () => {
    let reads = 0;
    const memory = createMemoryEventEngine();
    const { counters } = setUp({
      ...memory,
      readStream: (...asked) => {
        reads += 1;
        return memory.readStream(...asked);
      },
    });
    await counters.handle('1', increment(1), asked());
    expect(reads).toBe(1);
    for (let n = 2; n <= 9; n += 1) await counters.handle('1', increment(1), asked());
    expect(reads).toBe(1);
    expect(await counters.load('1')).toEqual({ state: { count: 9 }, revision: 8 });
  });

  test('in memory that is out of date decides nothing: every answer is made on what is stored', async () => {
    const { counters, newHandler } = setUp();
    const turn = async (
      others: number,
      command: CounterCommand,
      parts: Parameters<typeof asked>[0] = {},
    ) => {
      await newHandler().handle('1', increment(others), asked());
      return await counters.handle('1', command, asked(parts));
    };
    await counters.handle('1', increment(10), asked());
    expect(await turn(-10, increment(1, 5))).toMatchObject({ status: 'accepted', revision: 2 });
    expect(await turn(20, increment(1, 5))).toMatchObject({ status: 'rejected' });
    expect(await turn(1, increment(0))).toMatchObject({ status: 'unchanged', revision: 4 });
    const passed = { expectedRevision: 4 };
    expect(await turn(1, increment(1), passed)).toEqual({
      status: 'conflicted',
      actual: 5,
      attempts: 1,
    });
    const known = { expectedRevision: 6 };
    expect(await turn(1, increment(1), known)).toMatchObject({ status: 'accepted', revision: 7 });
  });

  test('in memory that is out of date may be one that cannot be decided on', async () => {
    const { store, keys, counters } = setUp();
    const { decider } = counter;
    const picky = createCommandHandler({
      store,
      keys,
      aggregate: {
        ...counter,
        decider: {
          ...decider,
          decide: (command: CounterCommand, state: CounterState) => {
            if (state.count < 5) throw new Error('never asked below five');
            return decider.decide(command, state);
          },
        },
      },
    });
    await counters.handle('1', increment(1), asked());
    await picky.load('1');
    await expect(picky.handle('1', increment(1), asked())).rejects.toThrow('never asked');
    await counters.handle('1', increment(5), asked());
    expect(await picky.handle('1', increment(1), asked())).toMatchObject({ status: 'accepted' });
  });

  test('does not show a person who was erased after it was cached', async () => {
    const { counters, keys } = setUp();
    const own: CounterCommand = { type: 'Own', data: { owner: 'person-1', name: 'Ada' } };
    await counters.handle('1', own, asked());
    expect((await counters.load('1')).state.name).toBe('Ada');
    await keys.erase('person-1');
    expect(await counters.load('1')).toEqual({ state: { count: 0, name: ERASED }, revision: 0 });
  });

  test('is right when only a few states are kept', async () => {
    const { store, keys } = setUp();
    const counters = createCommandHandler({ store, keys, aggregate: counter, cacheSize: 2 });
    const ids = ['1', '2', '3', '4'];
    for (const id of [...ids, ...ids, ...ids]) await counters.handle(id, increment(1), asked());
    for (const id of ids) expect((await counters.load(id)).state.count).toBe(3);
  });
});
