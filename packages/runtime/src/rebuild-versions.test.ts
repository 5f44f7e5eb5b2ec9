import { describe, expect, test } from 'vitest';
import { rowsOf } from '../test/rebuilds.ts';
import {
  catchUp,
  createTotals,
  createTotalsWorld,
  expectedTotals,
  whileRunning,
} from '../test/totals-world.ts';
import { gate, until } from '../test/turns.ts';

const V1 = createTotals(() => false);
/** Sorted by something else, so its rows and indexes are other ones. */
const V2 = { ...V1, version: 2, indexes: { byTotal: ['total', 'id'] } } as const;
const BEHIND = { code: 'READ_MODEL_BEHIND' };

/** A log of which version 1 has read all. */
async function deployedWorld() {
  const held = gate();
  let holds = false;
  const world = createTotalsWorld({ pageSize: 5 });
  for (let n = 0; n < 24; n += 1) await world.add(`${n % 6}`, n + 1);
  const old = await world.open({ readModel: V1 });
  await catchUp(world, old);
  const slowly = {
    ...world.engine,
    readLog: async (page: Parameters<typeof world.engine.readLog>[0]) => {
      if (holds && page.after >= 10n) await held.opened;
      return world.engine.readLog(page);
    },
  };
  holds = true;
  const opened = () => {
    holds = false;
    held.open();
  };
  return { ...world, old, slowly, letGoOn: opened };
}

describe('a new version of a read model', () => {
  test('does not answer before it has caught up, while the old one goes on, and then does', async () => {
    const { old, slowly, letGoOn, ...world } = await deployedWorld();
    const live = await world.open({ readModel: V2, engine: slowly });
    await expect(live.get('counter-1')).rejects.toMatchObject(BEHIND);
    await whileRunning([old, live], async (signal) => {
      await until(async () => (await live.checkpoint()) === 10n);
      await expect(live.find({ index: 'byTotal', equals: [], limit: 9 })).rejects.toMatchObject({
        ...BEHIND,
        facts: { readModel: 'totals', checkpoint: '10' },
      });
      expect(await live.reached(1n, AbortSignal.abort())).toBe(false);
      expect(await live.rebuild.status()).toMatchObject({
        state: 'building',
        progress: { eventsDone: 10n, eventsTotal: 24n },
        builds: [
          { version: 1, isInForce: true },
          { version: 2, isInForce: false },
        ],
      });
      await world.add('1', 1);
      expect(await old.reached(25n, signal)).toBe(true);
      expect((await old.get('counter-1'))?.seen).toHaveLength(5);
      letGoOn();
      const reached = live.reached(25n, signal);
      await world.clock.advance(1_000);
      expect(await reached).toBe(true);
      expect((await live.rebuild.status()).state).toBe('idle');
    });
    expect(await rowsOf(live)).toEqual(await expectedTotals(world));
    expect(await rowsOf(old)).toEqual(await expectedTotals(world));
  });

  test('is in force at once where there was no version before', async () => {
    const world = createTotalsWorld();
    await world.add('1', 1);
    const live = await world.open({ readModel: V2 });
    expect(await live.get('counter-1')).toBeUndefined();
  });

  test('goes on from where it was after a restart, and stays in force', async () => {
    const { slowly, letGoOn, ...world } = await deployedWorld();
    const first = await world.open({ readModel: V2, engine: slowly });
    await whileRunning([first], () => until(async () => (await first.checkpoint()) === 10n));
    letGoOn();
    const again = await world.open({ readModel: V2, engine: slowly });
    await expect(again.get('counter-1')).rejects.toMatchObject(BEHIND);
    await whileRunning([again], async (signal) => {
      const reached = again.reached(24n, signal);
      await world.clock.advance(1_000);
      await reached;
    });
    expect(await rowsOf(again)).toEqual(await expectedTotals(world));
    await world.add('2', 1);
    const third = await world.open({ readModel: V2 });
    expect((await third.get('counter-2'))?.seen).toHaveLength(4);
  });

  test('keeps the old one until it is dropped, and who still answers from that is told', async () => {
    const { old, ...world } = await deployedWorld();
    const live = await world.open({ readModel: V2 });
    await whileRunning([live], async () => {
      await until(async () => (await live.rebuild.status()).state === 'idle');
      expect(await live.rebuild.drop({ version: 2, build: 1 })).toBe('in-force');
      expect(await live.rebuild.drop({ version: 1, build: 1 })).toBe('done');
      expect((await live.rebuild.status()).builds).toMatchObject([{ version: 2 }]);
    });
    const dropped = { code: 'READ_MODEL_DROPPED' };
    await expect(old.get('counter-1')).rejects.toMatchObject(dropped);
    await expect(old.runnable.run(AbortSignal.timeout(60_000))).rejects.toMatchObject(dropped);
  });
});
