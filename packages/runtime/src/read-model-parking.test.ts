import { isFault, type ReadModelEngine, type ReadModelShape } from '@tidemark/core';
import { createMemoryReadModels } from '@tidemark/store-memory';
import { newEvent } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { catchUp, createTotals, createTotalsWorld, whileRunning } from '../test/totals-world.ts';
import { until } from '../test/turns.ts';

const REPAIRED = createTotals(() => false);

/** Counter 2 fails at its second event and has two more; 1 and 3 are well. */
async function parkedWorld() {
  const world = createTotalsWorld();
  for (const [id, by] of [
    ['1', 1],
    ['2', 5],
    ['2', -1],
    ['3', 3],
    ['2', 7],
    ['1', 1],
    ['2', 9],
  ] as const) {
    await world.add(id, by);
  }
  const live = await world.open();
  await catchUp(world, live);
  return { ...world, live };
}

describe('a row that cannot be folded', () => {
  test('is parked with what follows for it, and everything else goes on', async () => {
    const { live, lines } = await parkedWorld();
    expect(await live.checkpoint()).toBe(7n);
    expect(await live.get('counter-1')).toMatchObject({ total: 2 });
    expect(await live.get('counter-3')).toMatchObject({ total: 3 });
    expect(await live.get('counter-2')).toMatchObject({ total: 5, seen: [0] });
    const [parked, ...others] = await live.parked.list(10);
    expect(others).toEqual([]);
    expect(parked).toMatchObject({ key: 'counter-2', position: 3n, waiting: 2 });
    expect(parked?.error).toBe('nobody counts -1');
    expect(parked?.since).toBe('2030-01-01T00:00:00.000Z');
    expect(lines.filter(({ message }) => message === 'row parked')).toHaveLength(1);
  });

  test('is tried again with waits before it is parked', async () => {
    const world = createTotalsWorld();
    await world.add('1', 1);
    await world.add('2', -1);
    // The longest waits, so that one of them is over when the clock says so and not before.
    const onFailure = { retries: 2, backoffMs: 100, giveUp: 'park', random: () => 0.999 } as const;
    const live = await world.open({ onFailure });
    await whileRunning([live], async (signal) => {
      for (const waitMs of [100, 200]) {
        await until(() => world.clock.sleeping() === 2);
        expect(await live.parked.list(1)).toEqual([]);
        await world.clock.advance(waitMs);
      }
      await live.reached(2n, signal);
    });
    expect(await live.parked.list(9)).toMatchObject([{ key: 'counter-2', position: 2n }]);
  });

  test('stays passed over when the read model is opened to stop at failures', async () => {
    const { live: _, ...world } = await parkedWorld();
    await world.add('2', 1);
    const stopping = { retries: 0, backoffMs: 1, giveUp: 'stop' } as const;
    const live = await world.open({ readModel: REPAIRED, onFailure: stopping });
    await catchUp(world, live);
    expect(await live.get('counter-2')).toMatchObject({ total: 5 });
    expect(await live.parked.list(9)).toMatchObject([{ waiting: 3 }]);
  });

  test('leaves the other rows of its event alone', async () => {
    const world = createTotalsWorld();
    await world.add('1', 4);
    const readModel: typeof REPAIRED = {
      ...REPAIRED,
      key: () => ['left', 'right'],
      evolve: (row, placed, key) => {
        if (key === 'left') throw new Error('left');
        return REPAIRED.evolve(row, placed, key);
      },
    };
    const live = await world.open({ readModel });
    await catchUp(world, live);
    expect(await live.get('right')).toMatchObject({ total: 4 });
    expect(await live.parked.list(9)).toMatchObject([{ key: 'left', error: 'left' }]);
  });
});

describe('a parked row that is tried again', () => {
  test('is folded from the event that failed to where all others are', async () => {
    const world = await parkedWorld();
    const live = await world.open({ readModel: REPAIRED });
    expect(await live.parked.retry('counter-2')).toBeUndefined();
    expect(await live.get('counter-2')).toMatchObject({ total: 20, seen: [0, 1, 2, 3] });
    expect(await live.parked.list(9)).toEqual([]);
    expect(await live.checkpoint()).toBe(7n);
    await world.add('2', 1);
    await catchUp(world, live);
    expect(await live.get('counter-2')).toMatchObject({ total: 21, seen: [0, 1, 2, 3, 4] });
  });

  test('stays as it is when it fails again', async () => {
    const { live, clock } = await parkedWorld();
    const before = await live.parked.list(9);
    await clock.advance(5_000);
    expect(await live.parked.retry('counter-2')).toEqual(before[0]);
    expect(await live.parked.list(9)).toEqual(before);
    expect(await live.get('counter-2')).toMatchObject({ total: 5 });
  });

  test('goes as far as it can and is parked there', async () => {
    const world = await parkedWorld();
    await world.clock.advance(5_000);
    const live = await world.open({ readModel: createTotals((by) => by === 7) });
    const parked = await live.parked.retry('counter-2');
    expect(parked).toMatchObject({ position: 5n, waiting: 1, since: '2030-01-01T00:00:05.000Z' });
    expect(await live.parked.list(9)).toEqual([parked]);
    expect(await live.get('counter-2')).toMatchObject({ total: 4, seen: [0, 1] });
    const repaired = await world.open({ readModel: REPAIRED });
    await repaired.parked.retry('counter-2');
    expect(await live.get('counter-2')).toMatchObject({ total: 20, seen: [0, 1, 2, 3] });
  });

  test('may be deleted by its events, and one that is not parked is left alone', async () => {
    const world = await parkedWorld();
    await world.add('2', 0);
    const live = await world.open({ readModel: REPAIRED });
    await catchUp(world, live);
    await live.parked.retry('counter-2');
    expect(await live.get('counter-2')).toBeUndefined();
    const before = await live.get('counter-1');
    expect(await live.parked.retry('counter-1')).toBeUndefined();
    expect(await live.get('counter-1')).toEqual(before);
  });

  test('goes on to events that a projector passed over in the meantime', async () => {
    const world = await parkedWorld();
    let reads = 0;
    const engine: typeof world.engine = {
      ...world.engine,
      readLog: async (request) => {
        const page = await world.engine.readLog(request);
        reads += 1;
        if (reads === 1) {
          await world.add('2', 100);
          await catchUp(world, world.live);
          expect(await world.live.parked.list(9)).toMatchObject([{ waiting: 3 }]);
        }
        return page;
      },
    };
    const live = await world.open({ readModel: REPAIRED, engine });
    expect(await live.parked.retry('counter-2')).toBeUndefined();
    expect(await live.get('counter-2')).toMatchObject({ total: 120, seen: [0, 1, 2, 3, 4] });
    expect(await live.parked.list(9)).toEqual([]);
    expect(reads).toBe(2);
  });

  test('sees every event once while a projector goes on and others try too', async () => {
    const world = await parkedWorld();
    for (let n = 0; n < 300; n += 1) await world.add('2', 1);
    const live = await world.open({ readModel: REPAIRED });
    const other = await world.open({ readModel: REPAIRED });
    await whileRunning([live, other], async (signal) => {
      for (let n = 0; n < 40; n += 1) {
        await Promise.all([world.add('2', 1), n % 10 === 9 && live.parked.retry('counter-2')]);
      }
      await Promise.all([live.parked.retry('counter-2'), other.parked.retry('counter-2')]);
      await live.reached(await world.engine.head(), signal);
    });
    const row = await live.get('counter-2');
    expect(row?.seen).toEqual(Array.from({ length: 344 }, (_, revision) => revision));
    expect(await live.parked.list(9)).toEqual([]);
  });
});

test('skipping leaves out the event that failed and nothing else', async () => {
  const { live } = await parkedWorld();
  const [parked] = await live.parked.list(9);
  const { eventId = '' } = parked ?? {};
  expect(await live.parked.skip('counter-2', 'another')).toEqual(parked);
  expect(await live.parked.list(9)).toEqual([parked]);
  expect(await live.parked.skip('counter-2', eventId)).toBeUndefined();
  expect(await live.get('counter-2')).toMatchObject({ total: 21, seen: [0, 2, 3] });
  expect(await live.parked.list(9)).toEqual([]);
  expect(await live.parked.skip('counter-2', eventId)).toBeUndefined();
});

test('an event without a key that can be told stops the read model, whatever the policy', async () => {
  const world = createTotalsWorld();
  await world.add('1', 1);
  await world.add('2', -1);
  await world.engine.commit([
    { events: [newEvent('counter-3', { type: 'Unheard' })], conditions: [] },
  ]);
  const live = await world.open();
  const error = await live.runnable.run(new AbortController().signal).catch((e: unknown) => e);
  expect(isFault(error, 'READ_MODEL_STOPPED') && error.facts).toMatchObject({ position: '3' });
  expect((error as Error & { cause: Error }).cause.message).toContain('cannot be decoded');
  expect(await live.checkpoint()).toBe(2n);
  expect(await live.parked.list(9)).toMatchObject([{ key: 'counter-2' }]);
});

test('a key that is cut in the middle of a character stops the read model: its row would be taken for another', async () => {
  const world = createTotalsWorld();
  await world.add('1', 1);
  const readModel: typeof REPAIRED = { ...REPAIRED, key: () => ['\u{1f600}'.slice(0, 1)] };
  const live = await world.open({ readModel });
  const error = await live.runnable.run(new AbortController().signal).catch((e: unknown) => e);
  expect(isFault(error, 'READ_MODEL_STOPPED') && error.facts).toMatchObject({ position: '1' });
  expect(await live.checkpoint()).toBe(0n);
});

test('an engine that cannot park or divide says so when the read model is opened', async () => {
  const memory = createMemoryReadModels();
  const plain: ReadModelEngine = {
    ...memory,
    open: async <Row extends object>(shape: ReadModelShape<Row>) => {
      const { parking: _, slicing: __, ...table } = await memory.open<Row>(shape);
      return table;
    },
  };
  const stopping = { retries: 0, backoffMs: 1, giveUp: 'stop' } as const;
  const world = createTotalsWorld({ readModels: plain });
  const missing = { code: 'CAPABILITY_MISSING' };
  await expect(world.open()).rejects.toMatchObject(missing);
  await expect(world.open({ onFailure: stopping, slices: 2 })).rejects.toMatchObject(missing);
  await world.add('1', 3);
  const live = await world.open({ onFailure: stopping });
  await catchUp(world, live);
  expect(await live.get('counter-1')).toMatchObject({ total: 3 });
  expect(await live.parked.list(9)).toEqual([]);
  await expect(live.parked.retry('counter-1')).rejects.toMatchObject(missing);
});
