import {
  createCodec,
  type EventEngine,
  Fault,
  type MessagesOf,
  type Parking,
  type Process,
  storedAs,
  type Timers,
} from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryParking,
  createMemoryReadModels,
  createMemoryStorage,
  createMemoryTimers,
} from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { type CounterEvent, counterCodec } from '../test/counter.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { gate, until } from '../test/turns.ts';
import { createEventStore } from './event-store.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { createProcessManager } from './process-manager.ts';
import type { FailurePolicy } from './retry.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

/** Tells of each move, and again `by` milliseconds later. */
type Input = MessagesOf<{
  Moved: { counter: string; by: number };
  Late: { counter: string; by: number };
}>;
type Order = MessagesOf<{ Tell: { text: string } }>;

const telling: Process<Input, number, Order> = {
  name: 'telling',
  initialState: 0,
  evolve: (inputs) => inputs + 1,
  correlate: ({ data }) => data.counter,
  react: (inputs, { type, data }) => {
    const { counter, by } = data;
    const tell = (what: string) =>
      ({ kind: 'send', command: { type: 'Tell', data: { text: `${what} #${inputs}` } } }) as const;
    if (type === 'Late') return [tell(`${counter} late ${by}`)];
    const late = { kind: 'remind', afterMs: by, input: { type: 'Late', data } } as const;
    return [late, tell(`${counter} ${by}`)];
  },
};

const START_MS = Date.UTC(2030, 0, 1);
const PARK: FailurePolicy = { retries: 0, backoffMs: 1, giveUp: 'park' };

/** What survives a crash. */
function createDisk() {
  const storage = createMemoryStorage();
  const clock = createFakeClock(START_MS);
  return {
    ...{ clock, engine: createMemoryEventEngine({ storage, clock }) },
    ...{ timers: createMemoryTimers(), parking: createMemoryParking() },
    checkpoints: createMemoryReadModels().checkpoints,
  };
}

type Disk = ReturnType<typeof createDisk>;

interface Changes {
  readonly broken?: readonly string[];
  readonly onFailure?: FailurePolicy;
  readonly parking?: Parking;
  readonly timers?: Timers;
  readonly engine?: EventEngine;
  /** Whether a reminder can be read. */
  readonly knows?: () => boolean;
}

/** A process that keeps failing at the texts in `broken` (without the number of the input). */
function openProcess(disk: Disk, changes: Changes = {}) {
  const { onFailure = PARK, parking = disk.parking, timers = disk.timers } = changes;
  const broken = new Set(changes.broken);
  const sent: { readonly text: string; readonly id: string }[] = [];
  const { log, lines } = createLogKeeper();
  const knows = changes.knows ?? (() => true);
  const manager = createProcessManager<CounterEvent, Input, number, Order>({
    ...{ keys: createMemoryKeys(), checkpoints: disk.checkpoints, clock: disk.clock, log },
    ...{ store: createEventStore(changes.engine ?? disk.engine), timers, parking, onFailure },
    process: telling,
    inputs: createCodec<Input>({
      Moved: storedAs({ parse: (data) => data as never }),
      Late: storedAs({
        parse: (data) => {
          if (!knows()) throw new Error('another shape');
          return data as never;
        },
      }),
    }),
    source: { categories: ['counter'], codec: counterCodec },
    toInput: ({ stream, event }) =>
      event.type === 'Incremented'
        ? { type: 'Moved', data: { counter: stream.slice(8), by: event.data.by } }
        : undefined,
    send: async ({ data: { text } }, { commandId }) => {
      if (broken.has(text.replace(/ #.*/, ''))) throw new RangeError(`nobody hears ${text}`);
      sent.push({ text, id: commandId });
    },
  });
  const stop = new AbortController();
  return {
    ...{ manager, broken, sent, lines, parked: manager.parked },
    texts: () => sent.map(({ text }) => text),
    start: () => {
      const ended = manager.run(stop.signal);
      return {
        ended,
        stop: () => {
          stop.abort();
          return ended;
        },
      };
    },
  };
}

/** Moves counters: a list of `<counter> <by>`. Resolves when the process has come so far. */
async function move(disk: Disk, ...moves: readonly string[]): Promise<bigint> {
  const events = moves.map((text) => {
    const [id, by] = text.split(' ');
    const data = { by: Number(by) };
    return newEvent(`counter-${id}`, { id: `move ${text}`, type: 'Incremented', data });
  });
  const [result] = await disk.engine.commit([{ events, conditions: [] }]);
  return result?.kind === 'appended' ? result.position : 0n;
}

async function reached(disk: Disk, position: bigint): Promise<void> {
  await until(async () => (await disk.checkpoints.load('process/telling')) >= position);
}

/** Lets time pass, and then everybody act. */
async function pass(disk: Disk, forMs: number): Promise<void> {
  await disk.clock.advance(forMs);
  for (let turns = 0; turns < 40; turns += 1) await turnOfTheLoop();
}

/** The instance a is parked at its second move; a move and a reminder wait behind it. */
async function parkedProcess() {
  const disk = createDisk();
  const opened = openProcess(disk, { broken: ['a 2000'] });
  const running = opened.start();
  await reached(disk, await move(disk, 'a 1000', 'a 2000', 'b 1000'));
  await reached(disk, await move(disk, 'a 3000', 'b 3000'));
  await pass(disk, 1_000);
  return { ...opened, disk, running };
}

describe('an input whose command keeps failing', () => {
  test('is set aside with its instance, the others go on, and so does the checkpoint', async () => {
    const { texts, parked, manager, running } = await parkedProcess();
    expect(texts().sort()).toEqual(['a 1000 #1', 'b 1000 #1', 'b 3000 #2', 'b late 1000 #3']);
    expect(await parked.list(9)).toEqual([
      {
        ...{ key: 'a', id: 'move a 2000', type: 'Incremented', position: 2n, waiting: 2 },
        ...{ error: 'nobody hears a 2000 #2', time: '2030-01-01T00:00:00.000Z' },
        since: '2030-01-01T00:00:00.000Z',
      },
    ]);
    const [checkpoint] = await manager.checkpoints();
    expect(checkpoint?.position).toBeGreaterThan(5n);
    await running.stop();
  });

  test('is shown as it is stored, with the events and reminders that wait', async () => {
    const { parked, disk, running } = await parkedProcess();
    const { events } = await disk.engine.readLog({ after: 1n, limit: 1 });
    expect(await parked.inspect('a')).toMatchObject({
      ...{ data: { by: 2_000 }, cause: events[0]?.cause },
      waitingIds: ['move a 3000', expect.stringMatching(/^timer\//)],
    });
    expect(await disk.timers.due({ owner: 'telling', nowMs: START_MS + 1_000, limit: 9 })).toEqual(
      [],
    );
    await running.stop();
  });

  test('goes on where it stood when it is tried again, all in order, reminders too', async () => {
    const { parked, broken, texts, disk, running } = await parkedProcess();
    broken.clear();
    expect(await parked.retry('a')).toBeUndefined();
    const ofA = () => texts().filter((text) => text.startsWith('a'));
    expect(ofA()).toEqual(['a 1000 #1', 'a 2000 #2', 'a 3000 #3', 'a late 1000 #4']);
    await pass(disk, 1_000);
    await pass(disk, 1_000);
    expect(ofA().slice(4)).toEqual(['a late 2000 #5', 'a late 3000 #6']);
    await running.stop();
  });

  test('can be skipped: what it asked for and is not done stays undone', async () => {
    const { parked, texts, running } = await parkedProcess();
    expect(await parked.skip('a', 'move a 3000')).toMatchObject({ id: 'move a 2000' });
    expect(await parked.skip('a', 'move a 2000')).toBeUndefined();
    const ofA = texts().filter((text) => text.startsWith('a'));
    // It was recorded before its command failed, so it counts as an input.
    expect(ofA).toEqual(['a 1000 #1', 'a 3000 #3', 'a late 1000 #4']);
    await running.stop();
  });

  test('shows a reminder that fails by itself', async () => {
    const disk = createDisk();
    const { parked, broken, start, texts } = openProcess(disk, { broken: ['a late 1000'] });
    const running = start();
    await reached(disk, await move(disk, 'a 1000'));
    await pass(disk, 1_000);
    await reached(disk, await move(disk, 'a 7000'));
    expect(await parked.inspect('a')).toMatchObject({
      ...{ type: 'Late', time: '2030-01-01T00:00:01.000Z', data: { counter: 'a', by: 1_000 } },
      ...{ error: 'nobody hears a late 1000 #2', waitingIds: ['move a 7000'] },
    });
    broken.clear();
    await parked.retry('a');
    expect(texts()).toEqual(['a 1000 #1', 'a late 1000 #2', 'a 7000 #3']);
    await running.stop();
  });

  test('may be a reminder that cannot be read any more', async () => {
    const disk = createDisk();
    let known = true;
    const { parked, start, texts } = openProcess(disk, { knows: () => known });
    const running = start();
    await reached(disk, await move(disk, 'a 1000', 'b 5000'));
    known = false;
    await pass(disk, 1_000);
    expect(await parked.list(9)).toMatchObject([
      { key: 'a', type: 'Late', error: expect.stringContaining('LOG_CORRUPT') },
    ]);
    known = true;
    expect(await parked.retry('a')).toBeUndefined();
    await pass(disk, 4_000);
    expect(texts().slice(2)).toEqual(['a late 1000 #2', 'b late 5000 #2']);
    await running.stop();
  });
});

test('the checkpoint passes an input only once it is parked', async () => {
  const disk = createDisk();
  const { opened, open } = gate();
  const park: Parking['park'] = async (request) => {
    await opened;
    return disk.parking.park(request);
  };
  const { start, texts } = openProcess(disk, {
    ...{ broken: ['a 1000'], parking: { ...disk.parking, park } },
  });
  const running = start();
  const position = await move(disk, 'a 1000', 'b 1000');
  await until(() => texts().length === 1);
  await pass(disk, 0);
  expect(await disk.checkpoints.load('process/telling')).toBe(0n);
  open();
  await reached(disk, position);
  await running.stop();
});

describe('a crash', () => {
  test('between parking and the checkpoint parks nothing twice and loses nothing', async () => {
    const { disk, running, sent: before } = await parkedProcess();
    await running.stop();
    await disk.checkpoints.save('process/telling', 0n);
    const again = openProcess(disk, { broken: ['a 2000'] });
    const restarted = again.start();
    await reached(disk, 5n);
    await pass(disk, 0);
    const { waitingIds } = (await again.parked.inspect('a')) ?? {};
    // The first move was done: it is repeated behind the others, under the same ids, and changes nothing.
    expect(waitingIds).toEqual(['move a 3000', expect.stringMatching(/^timer\//), 'move a 1000']);
    again.broken.clear();
    await again.parked.retry('a');
    const ids = new Map([...before, ...again.sent].map(({ text, id }) => [text, id]));
    expect(new Set(ids.values()).size).toBe(ids.size);
    expect([...ids.keys()].filter((text) => text.startsWith('a'))).toEqual([
      ...['a 1000 #1', 'a 2000 #2', 'a 3000 #3', 'a late 1000 #4'],
    ]);
    await restarted.stop();
  });

  test('between parking a reminder and cancelling its timer parks it once', async () => {
    const disk = createDisk();
    const cancel = async () => Promise.reject(new Fault('STORE_UNAVAILABLE', 'away'));
    const first = openProcess(disk, {
      ...{ broken: ['a late 1000'], timers: { ...disk.timers, cancel } },
    }).start();
    await reached(disk, await move(disk, 'a 1000'));
    const died = expect(first.ended).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await pass(disk, 1_000);
    await died;
    const second = openProcess(disk, { broken: ['a late 1000'] });
    const running = second.start();
    await pass(disk, 1_000);
    expect(await second.parked.list(9)).toMatchObject([{ key: 'a', type: 'Late', waiting: 0 }]);
    expect(await disk.timers.nextDueAtMs('telling', 0)).toBeUndefined();
    await running.stop();
  });
});

test('an instance that one replica has parked waits in the others, too', async () => {
  const disk = createDisk();
  const first = openProcess(disk, { broken: ['a 2000'] });
  const running = first.start();
  await reached(disk, await move(disk, 'a 2000'));
  await running.stop();
  const second = openProcess(disk);
  const other = second.start();
  await reached(disk, await move(disk, 'a 3000', 'b 3000'));
  await until(() => second.texts().length === 1);
  expect(second.texts()).toEqual(['b 3000 #1']);
  await second.parked.retry('a');
  expect(second.texts().slice(1)).toEqual(['a 2000 #1', 'a 3000 #2']);
  await other.stop();
});

test('a store that is away stops the process and parks nothing', async () => {
  const disk = createDisk();
  const commit = async () => Promise.reject(new Fault('STORE_UNAVAILABLE', 'away'));
  const { start, parked } = openProcess(disk, { engine: { ...disk.engine, commit } });
  await move(disk, 'a 1000');
  await expect(start().ended).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await parked.list(9)).toEqual([]);
});
