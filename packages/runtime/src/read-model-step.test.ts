import type { NewEvent, ReadModel, ReadModelTable } from '@tidemark/core';
import { newEvent } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { type CounterEvent, counterCodec } from '../test/counter.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import {
  catchUp,
  createTotals,
  createTotalsWorld,
  expectedTotals,
  type Total,
  type TotalsWorld,
} from '../test/totals-world.ts';
import { until } from '../test/turns.ts';
import { createSystemClock } from './clock.ts';
import { createEventStore } from './event-store.ts';
import { createProjector } from './projector.ts';
import type { FailurePolicy } from './retry.ts';

const EVENTS = 60;
const COUNTERS = 5;
/** Rows, and so events, of a step. */
const ROWS_PER_STEP = 2;
const PATIENT: FailurePolicy = { retries: EVENTS, backoffMs: 1, giveUp: 'stop' };

type Apply = ReadModelTable<Total>['apply'];
type Load = ReadModelTable<Total>['load'];

async function createFilled(failsAt?: number): Promise<TotalsWorld> {
  const world = createTotalsWorld();
  const events = Array.from({ length: EVENTS }, (_, n): NewEvent => {
    const data = { by: n + 1 === failsAt ? -1 : 1 };
    return newEvent(`counter-${n % COUNTERS}`, { type: 'Incremented', data });
  });
  await world.engine.commit([{ events, conditions: [] }]);
  return world;
}

/** Runs a projector in small steps to the end of the log, whose steps are applied as `wrap` says. */
async function project(
  world: TotalsWorld,
  options: {
    readonly wrap: (apply: Apply) => Apply;
    readonly wrapLoad?: (load: Load) => Load;
    readonly onFailure?: FailurePolicy;
    readonly onEvolve?: (...given: Parameters<ReadModel<CounterEvent, Total>['evolve']>) => void;
  },
) {
  const readModel = createTotals((by) => by < 0);
  const table = await world.readModels.open<Total>(readModel);
  const { log, lines } = createLogKeeper();
  const stop = new AbortController();
  const [apply, load] = [options.wrap(table.apply), options.wrapLoad?.(table.load) ?? table.load];
  const projector = createProjector({
    store: createEventStore(world.engine),
    codec: counterCodec,
    table: { ...table, rowsPerStep: ROWS_PER_STEP, apply, load },
    clock: createSystemClock(),
    onFailure: options.onFailure ?? PATIENT,
    log,
    onProgress: (checkpoint) => {
      if (checkpoint === BigInt(EVENTS)) stop.abort();
    },
    readModel: {
      ...readModel,
      evolve: (...given) => {
        options.onEvolve?.(...given);
        return readModel.evolve(...given);
      },
    },
  });
  await projector.run(stop.signal);
  return { table, lines };
}

async function expectRows(world: TotalsWorld, table: Pick<ReadModelTable<Total>, 'get'>) {
  for (const [key, row] of await expectedTotals(world)) expect(await table.get(key)).toEqual(row);
}

test('the next step is folded while one is being stored, and stored after it', async () => {
  const world = await createFilled();
  const applied: bigint[] = [];
  let folded = 0;
  let storing = 0;
  const { table } = await project(world, {
    onEvolve: () => {
      folded += 1;
    },
    wrap: (apply) => async (step) => {
      storing += 1;
      expect(storing).toBe(1);
      if (step.to < EVENTS) await until(() => folded > Number(step.to));
      const answer = await apply(step);
      storing -= 1;
      applied.push(step.to);
      return answer;
    },
  });
  expect(applied).toEqual(Array.from({ length: EVENTS / 2 }, (_, n) => BigInt(2 * n + 2)));
  expect(folded).toBe(EVENTS);
  await expectRows(world, table);
});

test.each(['fails', 'loses its answer', 'is overtaken'])(
  'what was folded on a step that %s is thrown away',
  async (how) => {
    const world = await createFilled();
    const other = await world.open();
    let steps = 0;
    const { table } = await project(world, {
      wrap: (apply) => async (step) => {
        steps += 1;
        if (steps % 3 !== 2) return apply(step);
        if (how === 'is overtaken') await catchUp(world, other);
        if (how !== 'fails') await apply(step);
        if (how !== 'is overtaken') throw new Error('the connection was lost');
        return apply(step);
      },
    });
    expect(steps).toBeGreaterThan(1);
    await expectRows(world, table);
  },
);

test.each(['a step without an answer', 'another process'])(
  'rows that %s has moved on are no failure, also where an event may not be folded twice',
  async (who) => {
    const world = await createFilled();
    const other = await world.open();
    let loads = 0;
    const { table, lines } = await project(world, {
      wrapLoad: (load) => async (keys) => {
        loads += 1;
        if (who === 'another process' && loads === 2) await catchUp(world, other);
        return load(keys);
      },
      wrap: (apply) => async (step) => {
        const applied = await apply(step);
        if (who !== 'another process' && step.from === 0n)
          throw new Error('the connection was lost');
        return applied;
      },
      onFailure: { retries: 1, backoffMs: 1, giveUp: 'stop' },
      onEvolve: (row, { revision }) => {
        if (row?.seen.includes(revision)) throw new RangeError('twice');
      },
    });
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(
      who === 'another process' ? 0 : 1,
    );
    await expectRows(world, table);
  },
);

test('a row that fails while it is folded ahead is parked when its step is taken', async () => {
  const failsAt = 8;
  const world = await createFilled(failsAt);
  const { table, lines } = await project(world, {
    wrap: (apply) => apply,
    onFailure: { retries: 1, backoffMs: 1, giveUp: 'park' },
  });
  const key = `counter-${(failsAt - 1) % COUNTERS}`;
  expect(await table.get(key)).toMatchObject({ total: 1 });
  expect(await table.parking?.list(9)).toMatchObject([
    { key, position: BigInt(failsAt), waiting: EVENTS / COUNTERS - 2 },
  ]);
  expect(lines.filter(({ message }) => message === 'row parked')).toHaveLength(1);
});
