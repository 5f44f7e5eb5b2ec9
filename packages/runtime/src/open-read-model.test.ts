import {
  type EventEngine,
  isFault,
  type ReadModel,
  type ReadModelEngine,
  type ReadModelTable,
  type Sealed,
} from '@tidemark/core';
import { createMemoryEventEngine, createMemoryReadModels } from '@tidemark/store-memory';
import { createFakeClock, type FakeClock, newEvent } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { asked, type CounterEvent, counter, counterCodec, increment } from '../test/counter.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { until } from '../test/turns.ts';
import { createEventStore } from './event-store.ts';
import { createCommandHandler } from './handle-command.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { openReadModel } from './open-read-model.ts';

interface Total {
  readonly id: string;
  readonly total: number;
  readonly name?: Sealed;
}

const totals: ReadModel<CounterEvent, Total> = {
  name: 'totals',
  version: 1,
  indexes: { byTotal: ['total'] },
  categories: ['counter'],
  key: ({ stream }) => [stream],
  evolve: (row = { id: '', total: 0 }, { event }, key) => {
    if (event.type === 'Owned') return { ...row, id: key, name: event.data.name };
    if (event.data.by < 0) throw new RangeError('nobody counts down');
    return { ...row, id: key, total: row.total + event.data.by };
  },
};

interface World {
  readonly engine?: EventEngine;
  readonly readModels?: ReadModelEngine;
  readonly readModel?: ReadModel<CounterEvent, Total>;
  readonly clock?: FakeClock;
}

async function setUp(world: World = {}) {
  const engine = world.engine ?? createMemoryEventEngine();
  const readModels = world.readModels ?? createMemoryReadModels();
  const clock = world.clock ?? createFakeClock();
  const store = createEventStore(engine);
  const { log, lines } = createLogKeeper();
  const counters = createCommandHandler({ store, keys: createMemoryKeys(), aggregate: counter });
  const live = await openReadModel({
    ...{ store, readModels, codec: counterCodec, readModel: world.readModel ?? totals, clock, log },
    // The longest waits, so that one of them is over when the clock says so and not before.
    onFailure: { retries: 2, backoffMs: 100, giveUp: 'stop', random: () => 0.999 },
  });
  const stop = new AbortController();
  const add = (id: string, by: number) => counters.handle(id, increment(by), asked());
  return { engine, store, readModels, clock, lines, counters, live, stop, add };
}

describe('a read model', () => {
  test('shows what was there before it ran, and follows what comes', async () => {
    const { live, stop, add } = await setUp();
    await add('1', 2);
    const ended = live.runnable.run(stop.signal);
    await add('2', 5);
    await add('1', 3);
    expect(await live.reached(3n, stop.signal)).toBe(true);
    expect(await live.get('counter-1')).toMatchObject({ total: 5 });
    expect(await live.get('counter-2')).toMatchObject({ total: 5 });
    stop.abort();
    await ended;
  });

  test('keeps personal fields sealed', async () => {
    const { live, stop, counters } = await setUp();
    await counters.handle('1', { type: 'Own', data: { owner: 'person-1', name: 'Ada' } }, asked());
    const ended = live.runnable.run(stop.signal);
    await live.reached(1n, stop.signal);
    expect((await live.get('counter-1'))?.name).toMatchObject({ $subject: 'person-1' });
    stop.abort();
    await ended;
  });

  test('moves its checkpoint over events of other categories', async () => {
    const { live, stop, engine } = await setUp();
    await engine.commit([{ events: [newEvent('other-1')], conditions: [] }]);
    const ended = live.runnable.run(stop.signal);
    await until(async () => (await live.checkpoint()) === 1n);
    stop.abort();
    await ended;
  });

  test('deletes rows, and writes only the rows that changed', async () => {
    const written: string[] = [];
    const readModels = createMemoryReadModels();
    const spying: ReadModelEngine = {
      ...readModels,
      open: async <Row extends object>(shape: Parameters<typeof readModels.open<Row>>[0]) => {
        const table: ReadModelTable<Row> = await readModels.open<Row>(shape);
        const apply: typeof table.apply = (step) => {
          written.push(...step.rows.keys());
          return table.apply(step);
        };
        return { ...table, apply };
      },
    };
    const readModel: typeof totals = {
      ...totals,
      evolve: (row, placed, key) => {
        if (placed.event.type === 'Owned') return row;
        return placed.event.data.by === 9 ? undefined : totals.evolve(row, placed, key);
      },
    };
    const { live, stop, add, counters } = await setUp({ readModels: spying, readModel });
    await add('1', 1);
    await counters.handle('2', { type: 'Own', data: { owner: 'person-1', name: 'Ada' } }, asked());
    const ended = live.runnable.run(stop.signal);
    await live.reached(2n, stop.signal);
    await add('1', 9);
    await live.reached(3n, stop.signal);
    expect(await live.get('counter-1')).toBeUndefined();
    expect(written).toEqual(['counter-1', 'counter-1']);
    stop.abort();
    await ended;
  });

  test('that two processes keep up to date applies every event once', async () => {
    const first = await setUp();
    const second = await setUp({ engine: first.engine, readModels: first.readModels });
    const running = [first, second].map(({ live, stop }) => live.runnable.run(stop.signal));
    for (let n = 0; n < 50; n += 1) await first.add(`${n % 3}`, 1);
    await until(async () => (await first.live.checkpoint()) === 50n);
    const rows = await Promise.all(['0', '1', '2'].map((id) => second.live.get(`counter-${id}`)));
    expect(rows.map((row) => row?.total)).toEqual([17, 17, 16]);
    for (const { stop } of [first, second]) stop.abort();
    await Promise.all(running);
  });
});

describe('a read model that cannot handle an event', () => {
  test('keeps what came before, tries again, and then stops and says where', async () => {
    const { live, stop, add, clock, lines, counters } = await setUp();
    await add('1', 1);
    await add('2', 2);
    const bad = await counters.handle('1', increment(-1), asked({ commandId: 'bad' }));
    await add('2', 2);
    expect(bad.status).toBe('accepted');
    const ended = live.runnable.run(stop.signal).catch((error: unknown) => error);
    // Whoever runs a read model also looks for its builds now and then.
    await until(() => clock.sleeping() === 2);
    expect(await live.checkpoint()).toBe(2n);
    expect(await live.get('counter-2')).toMatchObject({ total: 2 });
    await clock.advance(100);
    await until(() => clock.sleeping() === 2);
    await clock.advance(200);
    const error = await ended;
    expect(isFault(error, 'READ_MODEL_STOPPED') && error.facts).toEqual({
      readModel: 'totals',
      position: '3',
      eventId: 'bad.0',
    });
    expect(lines.filter((line) => line.level === 'warn')).toHaveLength(2);
    expect(await live.checkpoint()).toBe(2n);
  });

  test('goes on when the store answers again', async () => {
    const memory = createMemoryEventEngine();
    let failures = 2;
    const engine: EventEngine = {
      ...memory,
      readLog: async (page) => {
        if (failures > 0) {
          failures -= 1;
          throw new Error('no answer');
        }
        return memory.readLog(page);
      },
    };
    const { live, stop, add, clock } = await setUp({ engine });
    await add('1', 1);
    const ended = live.runnable.run(stop.signal);
    for (const waitMs of [100, 200]) {
      await until(() => clock.sleeping() === 2);
      await clock.advance(waitMs);
    }
    expect(await live.reached(1n, stop.signal)).toBe(true);
    stop.abort();
    await ended;
  });
});

describe('waiting for a position', () => {
  test('ends at once for what has come, and for more than the log holds once all has come', async () => {
    const { live, stop, add } = await setUp();
    await add('1', 1);
    const ended = live.runnable.run(stop.signal);
    expect(await live.reached(1n, stop.signal)).toBe(true);
    stop.abort();
    await ended;
    const aborted = AbortSignal.abort();
    expect(await live.reached(1n, aborted)).toBe(true);
    expect(await live.reached(99n, aborted)).toBe(true);
  });

  test('ends without the clock when this process applies it', async () => {
    const { live, stop, add, clock } = await setUp();
    await add('1', 1);
    const startedAtMs = clock.now();
    const waiting = live.reached(1n, stop.signal);
    await until(() => clock.sleeping() === 1);
    const ended = live.runnable.run(stop.signal);
    expect(await waiting).toBe(true);
    expect(clock.now()).toBe(startedAtMs);
    stop.abort();
    await ended;
  });

  test('sees what another process applied', async () => {
    const { live, stop, add, clock, engine, readModels } = await setUp();
    await add('1', 1);
    const waiting = live.reached(1n, stop.signal);
    await until(() => clock.sleeping() === 1);
    const other = await setUp({ engine, readModels });
    const ended = other.live.runnable.run(stop.signal);
    await until(async () => (await live.checkpoint()) === 1n);
    await clock.advance(25);
    expect(await waiting).toBe(true);
    stop.abort();
    await ended;
  });

  test('ends with no when it is told to end', async () => {
    const { live, stop, add, clock } = await setUp();
    await add('1', 1);
    const waiting = live.reached(1n, stop.signal);
    await until(() => clock.sleeping() === 1);
    stop.abort();
    expect(await waiting).toBe(false);
  });
});
