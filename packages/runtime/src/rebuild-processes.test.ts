import type { ReadModelEngine, ReadModelShape } from '@tidemark/core';
import { createMemoryReadModelStorage, createMemoryReadModels } from '@tidemark/store-memory';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../test/random.ts';
import { plant, rowsOf, untilState } from '../test/rebuilds.ts';
import {
  catchUp,
  createTotalsWorld,
  expectedTotals,
  type Total,
  type TotalsWorld,
  whileRunning,
} from '../test/totals-world.ts';
import { gate, until } from '../test/turns.ts';
import type { LiveReadModel } from './open-read-model.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const SEEDS = Array.from({ length: 12 }, (_, n) => Number(process.env.SEED ?? 7_000 + n));

/** Small pages, and a place for rows on which each process has an engine of its own. */
async function sharedWorld(events: number) {
  const storage = createMemoryReadModelStorage();
  const openEngine = () => createMemoryReadModels({ storage });
  const world = createTotalsWorld({ readModels: openEngine(), pageSize: 3 });
  for (let n = 0; n < events; n += 1) await world.add(`${n % 6}`, n + 1);
  return { ...world, process: () => world.open({ readModels: openEngine() }) };
}

describe('several processes', () => {
  test('of which one is asked and another works: the switch and the drop reach both', async () => {
    const world = await sharedWorld(30);
    const [worker, asked] = [await world.process(), await world.process()];
    await catchUp(world, worker);
    await plant(world.readModels, { id: 'counter-1', total: 1_000, seen: [] });
    await whileRunning([worker], async () => {
      await asked.rebuild.start();
      expect((await worker.get('counter-1'))?.total).toBe(1_000);
      await world.clock.advance(1_000);
      const { comparison } = await untilState(asked, 'ready');
      expect(comparison?.firstDifference?.key).toBe('counter-1');
      expect(await asked.rebuild.switch()).toBe('done');
      expect((await asked.get('counter-1'))?.total).not.toBe(1_000);
      expect((await worker.get('counter-1'))?.total).toBe(1_000);
      await world.clock.advance(1_000);
      expect((await worker.get('counter-1'))?.total).not.toBe(1_000);
      // Whoever has not looked since the switch meets a build that is gone, and asks its successor.
      const idle = await world.process();
      expect(await worker.rebuild.drop()).toBe('done');
      await worker.rebuild.start();
      await untilState(worker, 'ready');
      await worker.rebuild.switch();
      expect(await worker.rebuild.drop()).toBe('done');
      expect((await idle.get('counter-1'))?.seen).toHaveLength(5);
      expect(await asked.reached(30n, AbortSignal.abort())).toBe(true);
    });
    expect(await rowsOf(asked)).toEqual(await expectedTotals(world));
  });

  test('that only ask follow a switch after two seconds, also while nothing is dropped', async () => {
    const world = await sharedWorld(12);
    const [worker, asks] = [await world.process(), await world.process()];
    await catchUp(world, worker);
    await plant(world.readModels, { id: 'counter-1', total: 1_000, seen: [] });
    await whileRunning([worker], async () => {
      await worker.rebuild.start();
      await untilState(worker, 'ready');
      await worker.rebuild.switch();
      expect((await asks.get('counter-1'))?.total).toBe(1_000);
      await world.clock.advance(2_001);
      expect((await asks.get('counter-1'))?.total).not.toBe(1_000);
    });
  });
});

describe('a new build that falls behind after it was compared', () => {
  /** Two builds that have read all; from now on the second one stands still until it is let go on. */
  async function haltedWorld() {
    const world = await sharedWorld(30);
    await catchUp(world, await world.process());
    const halted = gate();
    let halts = false;
    const readModels = beforeSteps(world.readModels, async (build) => {
      if (halts && build === 2) await halted.opened;
    });
    const worker = await world.open({ readModels });
    const asks = await world.process();
    const stop = new AbortController();
    const ended = worker.runnable.run(stop.signal);
    await worker.rebuild.start();
    await untilState(worker, 'ready');
    halts = true;
    const end = async (): Promise<void> => {
      stop.abort();
      halted.open();
      await ended;
    };
    return { ...world, worker, asks, letGoOn: () => halted.open(), end };
  }

  test('is not put in force before it has come as far again', async () => {
    const { worker, clock, add, letGoOn, end } = await haltedWorld();
    await add('1', 1);
    await until(async () => (await worker.checkpoint()) === 31n);
    const refused = worker.rebuild.switch();
    for (let waited = 0; waited <= 6_000; waited += 25) await clock.advance(25);
    expect(await refused).toBe('not-caught-up');
    const done = worker.rebuild.switch();
    letGoOn();
    for (let waited = 0; waited <= 500; waited += 25) await clock.advance(25);
    expect(await done).toBe('done');
    expect((await worker.get('counter-1'))?.seen).toHaveLength(6);
    await end();
  });

  test('is followed by a process only when it has come as far as that one has told', async () => {
    const { worker, asks, clock, add, letGoOn, end } = await haltedWorld();
    expect(await worker.rebuild.switch()).toBe('done');
    await add('1', 1);
    await until(async () => (await asks.checkpoint()) === 31n);
    expect(await asks.reached(31n, AbortSignal.abort())).toBe(true);
    await clock.advance(2_001);
    const asked = asks.get('counter-1');
    for (let waited = 0; waited <= 500; waited += 25) await clock.advance(25);
    expect((await asked)?.seen).toHaveLength(6);
    letGoOn();
    await until(async () => (await worker.checkpoint()) === 31n);
    await end();
  });

  test.each([0, 2_001])(
    'does not answer for one that was dropped, before it has come as far as that one had told (asked after %i ms)',
    async (afterMs) => {
      const { worker, asks, clock, add, letGoOn, end } = await haltedWorld();
      expect(await worker.rebuild.switch()).toBe('done');
      await add('1', 1);
      await until(async () => (await asks.checkpoint()) === 31n);
      expect(await worker.rebuild.drop()).toBe('done');
      await clock.advance(afterMs);
      for (let asked = 0; asked < 2; asked += 1) {
        const early = asks.get('counter-1').catch((error: unknown) => error);
        for (let waited = 0; waited <= 500; waited += 25) await clock.advance(25);
        expect(await early).toMatchObject({
          code: 'READ_MODEL_BEHIND',
          facts: { checkpoint: '30' },
        });
      }
      const reached = asks.reached(31n, new AbortController().signal);
      for (let waited = 0; waited <= 500; waited += 25) await clock.advance(25);
      letGoOn();
      await until(async () => (await worker.checkpoint()) === 31n);
      for (let waited = 0; waited <= 500; waited += 25) await clock.advance(25);
      expect(await reached).toBe(true);
      expect((await asks.get('counter-1'))?.seen).toHaveLength(6);
      await end();
    },
  );
});

describe('a process that dies', () => {
  test('in the middle of a rebuild leaves it to the next one, which folds nothing twice', async () => {
    const world = await sharedWorld(60);
    const first = await world.process();
    await catchUp(world, first);
    await first.rebuild.start();
    await whileRunning([first], () =>
      until(async () => ((await first.rebuild.status()).progress?.eventsDone ?? 0n) > 20n),
    );
    const second = await world.process();
    const { state, progress } = await second.rebuild.status();
    expect(state).toBe('building');
    expect(progress?.eventsDone).toBeLessThan(60n);
    expect((await second.get('counter-1'))?.seen).toHaveLength(10);
    await whileRunning([second], async () => {
      const { comparison } = await untilState(second, 'ready');
      expect(comparison).toMatchObject({ rowsCompared: 6, rowsDiffering: 0 });
      await second.rebuild.switch();
    });
    expect(await rowsOf(second)).toEqual(await expectedTotals(world));
  });
});

describe('whatever operators do', () => {
  test.each(SEEDS)(
    'while processes come and go, who was told that rows have come so far finds them (SEED=%i)',
    async (seed) => {
      const random = randomFrom(seed);
      const world = await sharedWorld(20);
      const running: { live: LiveReadModel<Total>; stop: AbortController; ended: Promise<void> }[] =
        [];
      const come = async (): Promise<void> => {
        const live = await world.process();
        const stop = new AbortController();
        running.push({ live, stop, ended: live.runnable.run(stop.signal) });
      };
      const ended: Promise<void>[] = [];
      await come();
      for (let round = 0; round < 60; round += 1) {
        await world.add(`${Math.floor(random() * 6)}`, 1);
        const any = running[Math.floor(random() * running.length)]?.live as LiveReadModel<Total>;
        const [isTrue] = await Promise.all([
          isTold(any, await world.engine.head(), world),
          random() < 0.4 ? operate(any, random) : undefined,
        ]);
        expect(isTrue).toBe(true);
        if (random() < 0.15) await come();
        if (random() < 0.1 && running.length > 1) {
          const gone = running.shift();
          gone?.stop.abort();
          if (gone !== undefined) ended.push(gone.ended);
        }
        for (let turns = Math.floor(random() * 6); turns > 0; turns -= 1) await turnOfTheLoop();
      }
      for (const { live } of running) {
        expect(await isTold(live, await world.engine.head(), world)).toBe(true);
        expect(await rowsOf(live)).toEqual(await expectedTotals(world));
      }
      for (const { stop } of running) stop.abort();
      await Promise.all([...ended, ...running.map((one) => one.ended)]);
    },
  );
});

/** Asks before each step, by the number of the build. */
function beforeSteps(
  readModels: ReadModelEngine,
  before: (build: number) => Promise<void>,
): ReadModelEngine {
  return {
    ...readModels,
    open: async <Row extends object>(shape: ReadModelShape<Row>, build?: number) => {
      const table = await readModels.open<Row>(shape, build);
      const apply: typeof table.apply = async (step) => {
        await before(build ?? 0);
        return table.apply(step);
      };
      return { ...table, apply };
    },
  };
}

/** Waits for a position and then counts the events that all rows together have seen: nobody may see fewer. */
async function isTold(
  live: LiveReadModel<Total>,
  position: bigint,
  { clock }: TotalsWorld,
): Promise<boolean> {
  const enough = new AbortController();
  let isOver = false;
  const answer = live.reached(position, enough.signal).then(async (reached) => {
    const rows = reached ? await rowsOf(live) : new Map<string, Total>();
    isOver = true;
    const seen = [...rows.values()].reduce((sum, row) => sum + row.seen.length, 0);
    return BigInt(seen) >= position;
  });
  for (let turns = 0; turns < 2_000 && !isOver; turns += 1) await clock.advance(25);
  enough.abort();
  return answer;
}

async function operate({ rebuild }: LiveReadModel<Total>, random: () => number): Promise<void> {
  const actions = [rebuild.start, rebuild.switch, rebuild.rollback, rebuild.drop, rebuild.compare];
  const weights = [rebuild.start, rebuild.switch, rebuild.switch, ...actions, rebuild.cancel];
  await weights[Math.floor(random() * weights.length)]?.();
}
