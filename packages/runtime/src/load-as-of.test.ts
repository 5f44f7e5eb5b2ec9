import { ERASED } from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { createFakeClock } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { asked, counter, increment } from '../test/counter.ts';
import { createEventStore } from './event-store.ts';
import { createCommandHandler } from './handle-command.ts';
import { loadAsOf } from './load-as-of.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { type Moment, positionOf } from './moment.ts';

const NOON = Date.UTC(2030, 0, 1, 12);

/** Counter 1 gets 1, 2, 3, a name and 4, one a second from noon on; counter 2 something in between. */
async function setUp() {
  const clock = createFakeClock(NOON);
  const keys = createMemoryKeys();
  const store = createEventStore(createMemoryEventEngine({ clock }));
  const counters = createCommandHandler({ store, keys, aggregate: counter });
  for (const by of [1, 2, 3]) {
    await counters.handle('1', increment(by), asked());
    await counters.handle('2', increment(10), asked());
    await clock.advance(1_000);
  }
  await counters.handle('1', { type: 'Own', data: { owner: 'person-1', name: 'Ada' } }, asked());
  await clock.advance(1_000);
  await counters.handle('1', increment(4), asked());
  const load = (moment: Moment, id = '1') =>
    loadAsOf({ store, keys, aggregate: counter }, id, moment);
  return { keys, store, load };
}

describe('an aggregate as of a position', () => {
  test('is its stream up to there, at the revision that it had', async () => {
    const { load } = await setUp();
    const counts = [];
    for (let position = 0n; position <= 8n; position += 1n) {
      const { state, revision } = await load({ position });
      counts.push([state.count, revision]);
    }
    expect(counts).toEqual([
      [0, 'none'],
      [1, 0],
      [1, 0],
      [3, 1],
      [3, 1],
      [6, 2],
      [6, 2],
      [6, 3],
      [10, 4],
    ]);
    expect(await load({ position: 8n }, 'nobody')).toEqual({
      state: { count: 0 },
      revision: 'none',
    });
  });

  test('that the log has not come to is refused', async () => {
    const { load } = await setUp();
    await expect(load({ position: 9n })).rejects.toMatchObject({ code: 'POSITION_AHEAD' });
  });

  test('shows a name that was erased since as erased, also where it was open then', async () => {
    const { keys, load } = await setUp();
    expect((await load({ position: 7n })).state.name).toBe('Ada');
    await keys.erase('person-1');
    expect((await load({ position: 7n })).state.name).toEqual(ERASED);
    expect((await load({ position: 6n })).state).not.toHaveProperty('name');
  });
});

describe('an aggregate as of a time', () => {
  const at = (seconds: number) => ({ time: new Date(NOON + seconds * 1_000).toISOString() });

  test('has all that was recorded at that millisecond or before, and nothing later', async () => {
    const { load, store } = await setUp();
    const count = async (moment: Moment) => (await load(moment)).state.count;
    expect(await count(at(-0.001))).toBe(0);
    expect(await count(at(0))).toBe(1);
    expect(await count(at(0.999))).toBe(1);
    expect(await count(at(1))).toBe(3);
    expect(await count(at(4))).toBe(10);
    expect(await count({ time: '2030-01-01T14:00:01+02:00' })).toBe(3);
    expect(await positionOf(store, at(0))).toBe(2n);
  });

  test('to come is what is known now', async () => {
    const { load } = await setUp();
    expect((await load({ time: '2099-01-01T00:00:00Z' })).revision).toBe(4);
  });

  test('is refused when it is no time', async () => {
    const { load } = await setUp();
    await expect(load({ time: 'noon' })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });
});
