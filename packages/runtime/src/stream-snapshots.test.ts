import type { EventEngine, Snapshot, Snapshots } from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryReadModelStorage,
  createMemoryReadModels,
} from '@tidemark/store-memory';
import { describe, expect, test } from 'vitest';
import { asked, type CounterState, counter, increment } from '../test/counter.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { gate, until } from '../test/turns.ts';
import { createEventStore } from './event-store.ts';
import { createCommandHandler } from './handle-command.ts';
import { createMemoryKeys } from './memory-keys.ts';
import type { SnapshotOptions } from './stream-snapshots.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

type Counter = typeof counter;

function createWorld(engine: EventEngine = createMemoryEventEngine()) {
  const storage = createMemoryReadModelStorage();
  const snapshots = createMemoryReadModels({ storage }).snapshots as Snapshots;
  const keys = createMemoryKeys();
  const { log, lines } = createLogKeeper();
  const read: number[] = [];
  const counted: EventEngine = {
    ...engine,
    readStream: (stream, range) => {
      read.push(range?.from ?? 0);
      return engine.readStream(stream, range);
    },
  };
  /** A process that has nothing in memory. */
  const start = (
    changes: Partial<SnapshotOptions> = {},
    aggregate: Counter = counter,
    store = createEventStore(counted),
  ) =>
    createCommandHandler({
      ...{ store, keys, aggregate },
      snapshots: { store: snapshots, log, every: 10, random: () => 0.5, ...changes },
    });
  const saved = () => [...storage.snapshots.entries()];
  /** Counts to 25 in steps of one, with snapshots at revisions 9 and 19. */
  const countTo25 = async () => {
    const handler = start();
    for (let n = 0; n < 25; n += 1) await handler.handle('1', increment(1), asked());
    await until(() => saved()[0]?.[1].revision === 19);
    read.length = 0;
  };
  return { engine, storage, snapshots, keys, lines, read, start, saved, countTo25 };
}

describe('snapshots of streams', () => {
  test('are made after so many events, and a stream that is not in memory goes on from there', async () => {
    const { start, saved, read } = createWorld();
    const handler = start();
    for (let n = 0; n < 9; n += 1) await handler.handle('1', increment(2), asked());
    for (let turns = 0; turns < 10; turns += 1) await turnOfTheLoop();
    expect(saved()).toEqual([]);
    await handler.handle('1', increment(2), asked());
    await until(() => saved().length === 1);
    expect(saved()[0]?.[1]).toMatchObject({ revision: 9, position: 10n, state: '{"count":20}' });
    await handler.handle('1', increment(2), asked());
    read.length = 0;
    expect(await start().load('1')).toEqual({ state: { count: 22 }, revision: 10 });
    // The event the snapshot ends with, to see that it is the same stream, and what came since.
    expect(read).toEqual([9, 10]);
  });

  test('are made again only when far enough behind, also by a process that started from one', async () => {
    const { start, saved, countTo25 } = createWorld();
    await countTo25();
    const handler = start();
    for (let n = 0; n < 4; n += 1) await handler.handle('1', increment(1), asked());
    for (let turns = 0; turns < 10; turns += 1) await turnOfTheLoop();
    expect(saved()[0]?.[1].revision).toBe(19);
    await handler.handle('1', increment(1), asked());
    await until(() => saved()[0]?.[1].revision === 29);
    expect(saved()).toHaveLength(1);
  });

  test('are not looked at while the stream is in memory, and may be deleted at any time', async () => {
    const { start, storage, countTo25, read } = createWorld();
    await countTo25();
    const handler = start();
    await handler.load('1');
    read.length = 0;
    storage.snapshots.clear();
    expect((await handler.load('1')).state).toEqual({ count: 25 });
    expect(read).toEqual([25]);
    expect((await start().load('1')).state).toEqual({ count: 25 });
  });

  test('made under another evolve, initial state or schema are not looked at', async () => {
    const { start, countTo25, read } = createWorld();
    await countTo25();
    const { decider, codec } = counter;
    const others: Counter[] = [
      {
        ...counter,
        decider: { ...decider, evolve: (state, event) => decider.evolve(state, event) },
      },
      { ...counter, decider: { ...decider, initialState: { count: 0, name: 'x' } } },
      { ...counter, codec: { ...codec, schemas: { ...codec.schemas, Owned: 2 } } },
    ];
    for (const other of others) {
      read.length = 0;
      expect((await start({}, other).load('1')).state).toMatchObject({ count: 25 });
      expect(read).toEqual([0]);
    }
  });

  test('that differ from their stream are dropped, reported, and not used', async () => {
    const { start, saved, countTo25, lines } = createWorld();
    await countTo25();
    let step = 1;
    const changing = (): Counter => {
      const evolve = (state: CounterState) => ({ count: state.count + step });
      return { ...counter, decider: { ...counter.decider, evolve } };
    };
    const first = start({}, changing());
    for (let n = 0; n < 10; n += 1) await first.handle('2', increment(1), asked());
    await until(() => saved().length === 2);
    step = 3;
    expect((await start({}, changing()).load('2')).state).toEqual({ count: 10 });
    const doubting = start({ random: () => 0.0009 }, changing());
    expect((await doubting.load('2')).state).toEqual({ count: 30 });
    expect(saved().map(([key]) => key.endsWith('counter-2'))).toEqual([false]);
    const errors = lines.filter(({ level }) => level === 'error');
    expect(errors.map(({ message }) => message)).toEqual(['snapshot differs from its stream']);
  });

  test('one in a thousand is compared, and used when it is right', async () => {
    const { start, countTo25, read, lines } = createWorld();
    await countTo25();
    await start({ random: () => 0.001 }).load('1');
    expect(read).toEqual([19, 20]);
    read.length = 0;
    expect((await start({ random: () => 0.0009 }).load('1')).state).toEqual({ count: 25 });
    expect(read).toEqual([19, 0, 20]);
    expect(lines).toEqual([]);
  });

  test.each([
    ['another state', { state: '{"count":99}' }],
    ['no JSON', { state: '{"cou' }],
    ['another revision', { revision: 18 }],
  ])('that were damaged (%s) are dropped', async (_, damage: Partial<Snapshot>) => {
    const { start, saved, storage, countTo25, lines } = createWorld();
    await countTo25();
    const [[key, snapshot]] = saved() as [[string, Snapshot]];
    storage.snapshots.set(key, { ...snapshot, ...damage });
    expect((await start().load('1')).state).toEqual({ count: 25 });
    expect(saved()).toEqual([]);
    expect(lines.map(({ message }) => message)).toEqual(['snapshot is damaged']);
  });

  test.each([
    ['shorter', 5],
    ['other', 40],
  ])('of a log that was restored and is now %s are dropped', async (_, events) => {
    const { start, saved, countTo25 } = createWorld();
    await countTo25();
    const restored = createEventStore(createMemoryEventEngine());
    const plain = createCommandHandler({
      store: restored,
      keys: createMemoryKeys(),
      aggregate: counter,
    });
    for (let n = 0; n < events; n += 1) await plain.handle('1', increment(7), asked());
    const handler = start({}, counter, restored);
    expect((await handler.load('1')).state).toEqual({ count: events * 7 });
    expect(saved()).toEqual([]);
  });

  test('are never made of a state that knew personal data', async () => {
    const { start, saved } = createWorld();
    const handler = start();
    await handler.handle('1', { type: 'Own', data: { owner: 'ada', name: 'Ada' } }, asked());
    for (let n = 0; n < 20; n += 1) await handler.handle('1', increment(1), asked());
    const again = start();
    for (let n = 0; n < 20; n += 1) await again.handle('1', increment(1), asked());
    for (let turns = 0; turns < 20; turns += 1) await turnOfTheLoop();
    expect(saved()).toEqual([]);
    expect((await again.load('1')).state).toEqual({ count: 40, name: 'Ada' });
  });

  test('are not made of what JSON cannot hold, nor under an evolve that hides its code', async () => {
    const { start, saved, lines } = createWorld();
    const evolve = (state: CounterState) => ({ count: state.count + 1, at: new Date(0) });
    const dated: Counter = { ...counter, decider: { ...counter.decider, evolve } };
    const bound = {
      ...counter,
      decider: { ...counter.decider, evolve: counter.decider.evolve.bind(null) },
    };
    for (const aggregate of [dated, bound]) {
      const handler = start({}, aggregate);
      for (let n = 0; n < 12; n += 1) await handler.handle('1', increment(1), asked());
    }
    await until(() => lines.length === 2);
    expect(saved()).toEqual([]);
    expect(lines.map(({ fields }) => String(fields.error ?? '')).join()).toContain(
      'JSON cannot hold',
    );
  });

  test('are not made where the initial state is none that JSON can hold, and commands are handled all the same', async () => {
    const { start, saved, lines } = createWorld();
    const initialState = { count: 0, most: 9n };
    const handler = start({}, { ...counter, decider: { ...counter.decider, initialState } });
    for (let n = 0; n < 12; n += 1) await handler.handle('1', increment(1), asked());
    expect((await handler.load('1')).state).toMatchObject({ count: 12 });
    expect(lines).toMatchObject([{ level: 'warn' }]);
    expect(lines[0]?.message).toContain('initial state');
    expect(saved()).toEqual([]);
  });

  test('hold up no answer, and their failures change none', async () => {
    const { start, snapshots, lines } = createWorld();
    const never = gate<void>();
    const slow = start({ store: { ...snapshots, save: () => never.opened } });
    for (let n = 0; n < 12; n += 1) {
      expect(await slow.handle('1', increment(1), asked())).toMatchObject({ status: 'accepted' });
    }
    const fail = () => Promise.reject(new Error('the disk is gone'));
    const broken = start({ store: { load: fail, save: fail, drop: fail } });
    for (let n = 0; n < 12; n += 1) {
      expect(await broken.handle('1', increment(1), asked())).toMatchObject({ status: 'accepted' });
    }
    await until(() => lines.length >= 2);
    expect((await broken.load('1')).state).toEqual({ count: 24 });
    expect(lines.every(({ message }) => message === 'snapshots do not work')).toBe(true);
  });
});
