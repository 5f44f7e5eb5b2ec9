import { type EventEngine, Fault, isErased, type Keys, type Timers } from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryReadModels,
  createMemoryStorage,
  createMemoryTimerStorage,
  createMemoryTimers,
} from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { type CounterEvent, counterCodec } from '../test/counter.ts';
import { failingEngine, readAll } from '../test/engines.ts';
import { failingTimers } from '../test/failing-timers.ts';
import {
  type LateInput,
  type LateOrder,
  type LateState,
  lateInputs,
  lateProcess,
} from '../test/late-process.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { gate, until } from '../test/turns.ts';
import { createEventStore } from './event-store.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { createProcessManager } from './process-manager.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const START_MS = Date.UTC(2030, 0, 1);
const FAR_MS = Date.UTC(2100, 0, 1);

/** What survives a crash, and the time that passes meanwhile. */
function createDisk() {
  const storage = createMemoryStorage();
  const clock = createFakeClock(START_MS);
  const timerStorage = createMemoryTimerStorage();
  return {
    ...{ storage, timerStorage, clock, keys: createMemoryKeys() as Keys },
    engine: createMemoryEventEngine({ storage, clock }),
    timers: createMemoryTimers({ storage: timerStorage }),
    checkpoints: createMemoryReadModels().checkpoints,
  };
}

type Disk = ReturnType<typeof createDisk>;

interface Changes {
  readonly engine?: EventEngine;
  readonly timers?: Timers;
  readonly onSend?: (text: string) => Promise<void> | void;
}

/** A process manager on the disk; nothing runs before `start`. */
function openProcess(disk: Disk, { engine, timers, onSend }: Changes = {}) {
  const sent: { readonly text: string; readonly id: string; readonly atMs: number }[] = [];
  const stop = new AbortController();
  const runnable = createProcessManager<CounterEvent, LateInput, LateState, LateOrder>({
    ...{ keys: disk.keys, checkpoints: disk.checkpoints, clock: disk.clock },
    store: createEventStore(engine ?? disk.engine),
    timers: timers ?? disk.timers,
    process: lateProcess,
    inputs: lateInputs,
    source: { categories: ['counter'], codec: counterCodec },
    toInput: ({ stream, event }) =>
      event.type === 'Incremented'
        ? { type: 'Moved', data: { counter: stream.slice(8), by: event.data.by } }
        : undefined,
    send: async ({ data: { counter, by, name } }, { commandId }) => {
      const text = `${counter} ${by}${isErased(name) ? ' erased' : ''}`;
      await onSend?.(text);
      sent.push({ text, id: commandId, atMs: disk.clock.now() - START_MS });
    },
    onFailure: { retries: 0, backoffMs: 1, giveUp: 'stop' },
    log: createLogKeeper().log,
  });
  return {
    sent,
    texts: () => sent.map(({ text }) => text).sort(),
    start: () => {
      const ended = runnable.run(stop.signal);
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

/** Moves counters: a list of `<counter> <by>`. Resolves with the position of the last move. */
async function move(disk: Disk, ...moves: readonly string[]): Promise<bigint> {
  const events = moves.map((text) => {
    const [id, by] = text.split(' ');
    const data = { by: Number(by) };
    return newEvent(`counter-${id}`, { id: `move ${text}`, type: 'Incremented', data });
  });
  const [result] = await disk.engine.commit([{ events, conditions: [] }]);
  return result?.kind === 'appended' ? result.position : 0n;
}

/** Everything up to the position has been reacted to, so its timers are set. */
function reacted(disk: Disk, position: bigint): Promise<void> {
  return until(async () => (await disk.checkpoints.load('process/late')) >= position);
}

function pending(disk: Disk) {
  return disk.timers.due({ owner: 'late', nowMs: FAR_MS, limit: 100_000 });
}

/** Lets time pass, and then everybody act. */
async function pass(disk: Disk, forMs: number): Promise<void> {
  await disk.clock.advance(forMs);
  for (let turns = 0; turns < 40; turns += 1) await turnOfTheLoop();
}

describe('a reminder', () => {
  test('fires at its millisecond and not before, counted from when the event was recorded', async () => {
    const disk = createDisk();
    const { sent, start } = openProcess(disk);
    const position = await move(disk, 'a 2500', 'b 700', 'c 701');
    // The process comes late to its events.
    await pass(disk, 300);
    const running = start();
    await reacted(disk, position);
    await pass(disk, 399);
    expect(sent).toEqual([]);
    await pass(disk, 1);
    // Awake just then, and still not early by a millisecond.
    expect(sent).toMatchObject([{ text: 'b 700', atMs: 700 }]);
    await pass(disk, 1);
    expect(sent).toMatchObject([{ text: 'b 700' }, { text: 'c 701', atMs: 701 }]);
    await pass(disk, 1_798);
    expect(sent).toHaveLength(2);
    await pass(disk, 1);
    expect(sent[2]).toMatchObject({ text: 'a 2500', atMs: 2_500 });
    expect(await pending(disk)).toEqual([]);
    await running.stop();
  });

  test('is an input of its instance, caused by the input that set it', async () => {
    const disk = createDisk();
    const running = openProcess(disk).start();
    await reacted(disk, await move(disk, 'a 10'));
    const [timer] = await pending(disk);
    await pass(disk, 10);
    expect(await readAll(disk.engine, 'late-a')).toMatchObject([
      { type: 'Moved', id: 'late/move a 10.0' },
      {
        type: 'Late',
        id: `late/timer/${timer?.id}.0`,
        cause: {
          correlationId: 'correlation-1',
          causationId: 'late/move a 10.0',
          actor: 'late',
        },
      },
    ]);
    await running.stop();
  });

  test('that is set while another is slept over fires in time', async () => {
    const disk = createDisk();
    const { sent, start } = openProcess(disk);
    const running = start();
    await reacted(disk, await move(disk, 'a 900'));
    await pass(disk, 100);
    await reacted(disk, await move(disk, 'b 50'));
    await pass(disk, 50);
    expect(sent).toMatchObject([{ text: 'b 50', atMs: 150 }]);
    await running.stop();
  });

  test('that another process sets is found within a second', async () => {
    const disk = createDisk();
    const reader = openProcess(disk).start();
    await reacted(disk, await move(disk, 'a 900000'));
    await reader.stop();
    const { sent, start } = openProcess(disk);
    const running = start();
    await pass(disk, 10);
    const [timer] = await pending(disk);
    await disk.timers.set([
      { ...timer, id: 'other', owner: 'late', dueAtMs: START_MS + 20, input: timer?.input ?? {} },
    ]);
    await pass(disk, 1_000);
    expect(sent).toHaveLength(1);
    await running.stop();
  });

  test('that follows a reminder counts from when that one was recorded', async () => {
    const disk = createDisk();
    const { sent, start } = openProcess(disk);
    const running = start();
    await reacted(disk, await move(disk, 'a 5000'));
    await pass(disk, 5_000);
    await pass(disk, 999);
    expect(sent).toMatchObject([{ text: 'a 5000', atMs: 5_000 }]);
    await pass(disk, 1);
    expect(sent).toMatchObject([{ atMs: 5_000 }, { text: 'a 1000', atMs: 6_000 }]);
    await running.stop();
  });

  test('of an instance that has ended is dropped and its timer cancelled', async () => {
    const disk = createDisk();
    const { sent, start } = openProcess(disk);
    const running = start();
    await reacted(disk, await move(disk, 'a 500', 'a -1', 'b 500'));
    expect(await pending(disk)).toHaveLength(2);
    await pass(disk, 500);
    expect(sent.map(({ text }) => text)).toEqual(['b 500']);
    expect(await readAll(disk.engine, 'late-a')).toHaveLength(2);
    expect(await pending(disk)).toEqual([]);
    await running.stop();
  });

  test('that came due while nothing ran does not overtake an event that was recorded meanwhile', async () => {
    const disk = createDisk();
    const before = openProcess(disk).start();
    await reacted(disk, await move(disk, 'a 500', 'b 500'));
    await before.stop();
    await pass(disk, 400);
    const last = await move(disk, ...Array.from({ length: 600 }, (_, n) => `c${n} 1`), 'a -1');
    await pass(disk, 400);
    const { texts, start } = openProcess(disk);
    const running = start();
    await reacted(disk, last);
    await until(() => disk.timerStorage.byId.size === 0);
    expect(texts()).toContain('b 500');
    expect(texts()).not.toContain('a 500');
    await running.stop();
  });

  test('holds personal data sealed, and fires when it has been erased, also before it was set', async () => {
    const disk = createDisk();
    await disk.keys.erase('c');
    const { texts, start } = openProcess(disk);
    const running = start();
    await reacted(disk, await move(disk, 'a 500', 'b 500', 'c 500'));
    expect(JSON.stringify(await pending(disk))).not.toContain('Ada');
    await disk.keys.erase('a');
    await pass(disk, 500);
    await until(() => texts().length === 3);
    expect(texts()).toEqual(['a 500 erased', 'b 500', 'c 500 erased']);
    expect(
      JSON.stringify((await readAll(disk.engine, 'late-b')).map(({ data }) => data)),
    ).not.toContain('Ada');
    await running.stop();
  });

  test('that cannot be handled just now does not hold up the others', async () => {
    const disk = createDisk();
    const { opened, open } = gate();
    const { texts, start } = openProcess(disk, {
      onSend: (text) => (text === 'a 10' ? opened : undefined),
    });
    const running = start();
    await reacted(disk, await move(disk, 'a 10', 'a 20', 'b 20', 'c 3000'));
    await pass(disk, 3_000);
    expect(texts()).toEqual(['b 20', 'c 3000']);
    expect(await pending(disk)).toHaveLength(2);
    open();
    await until(async () => (await pending(disk)).length === 0);
    expect(texts()).toEqual(['a 10', 'a 20', 'b 20', 'c 3000']);
    await running.stop();
  });
});

test('ten thousand reminders due at once are handled once each', async () => {
  const disk = createDisk();
  const { texts, start } = openProcess(disk);
  const running = start();
  const moves = Array.from({ length: 10_000 }, (_, n) => `c${n} 60000`);
  let position = 0n;
  for (let n = 0; n < moves.length; n += 1_000) {
    position = await move(disk, ...moves.slice(n, n + 1_000));
  }
  await reacted(disk, position);
  expect(await pending(disk)).toHaveLength(10_000);
  await pass(disk, 59_999);
  expect(texts()).toEqual([]);
  await pass(disk, 1);
  await until(() => disk.timerStorage.byId.size === 0);
  expect(texts()).toEqual([...moves].sort());
  expect(await disk.engine.head()).toBe(30_000n);
  await running.stop();
});

test('two replicas record a reminder once and send under the same ids', async () => {
  const disk = createDisk();
  const replicas = [openProcess(disk), openProcess(disk)];
  const running = replicas.map(({ start }) => start());
  await reacted(disk, await move(disk, 'a 100', 'b 200', 'c 200'));
  await pass(disk, 200);
  await until(async () => (await pending(disk)).length === 0);
  for (const one of running) await one.stop();
  const ids = new Map(replicas.flatMap(({ sent }) => sent.map(({ text, id }) => [id, text])));
  expect([...ids.values()].sort()).toEqual(['a 100', 'b 200', 'c 200']);
  for (const name of ['a', 'b', 'c'] as const) {
    expect(await readAll(disk.engine, `late-${name}`)).toHaveLength(2);
  }
});

const MOVES = ['a 100', 'b 50', 'b 5000', 'c 200', 'c -1'];
const NUDGED = ['a 100', 'b 1000', 'b 50', 'b 5000'];

/** Runs until it dies of what it is given, is down for `downMs`, and runs in a new process to the end. */
async function runThroughCrash(changes: (disk: Disk) => Changes, downMs: number) {
  const disk = createDisk();
  const first = openProcess(disk, changes(disk));
  await move(disk, ...MOVES);
  const running = first.start();
  let died = false;
  const ended = running.ended.catch(() => {
    died = true;
  });
  for (let n = 0; n < 70 && !died; n += 1) await pass(disk, 100);
  await running.stop().catch(() => undefined);
  await ended;
  await pass(disk, downMs);
  const second = openProcess(disk);
  const again = second.start();
  await reacted(disk, BigInt(MOVES.length));
  for (let n = 0; n < 70; n += 1) await pass(disk, 100);
  await again.stop();
  const sent = [...first.sent, ...second.sent];
  for (const { text, atMs } of sent) {
    // Never early: the one that follows another is due 1,000 after that one.
    expect(atMs).toBeGreaterThanOrEqual(text === 'b 1000' ? 6_000 : Number(text.slice(2)));
  }
  const inputs = await Promise.all(
    (['late-a', 'late-b', 'late-c'] as const).map(async (stream) =>
      (await readAll(disk.engine, stream)).map(({ id }) => id).sort(),
    ),
  );
  const commands = [...new Set(sent.map(({ text, id }) => `${text} ${id}`))].sort();
  return { died, outcome: { inputs, commands, pending: await pending(disk) } };
}

describe('a crash', () => {
  const broken = () => {
    throw new Fault('STORE_UNAVAILABLE', 'the power went');
  };
  const undisturbed = async () => {
    const { outcome } = await runThroughCrash(() => ({}), 0);
    expect(outcome.commands.map((text) => text.replace(/ \S+$/, ''))).toEqual(NUDGED);
    expect(outcome.pending).toEqual([]);
    return outcome;
  };

  test.each(['before', 'after'] as const)(
    'at any append (%s it is stored) loses no reminder, repeats none and fires none early',
    async (when) => {
      const expected = await undisturbed();
      let deaths = 0;
      for (let k = 1; k <= 9; k += 1) {
        const fail = (commits: number) => {
          if (commits >= k) broken();
        };
        const engineOf = (disk: Disk) => failingEngine(disk.engine, { [when]: fail });
        const run = await runThroughCrash((disk) => ({ engine: engineOf(disk) }), k * 40);
        expect(run.outcome, `${when} append ${k}`).toEqual(expected);
        deaths += run.died ? 1 : 0;
      }
      // Several inputs share one commit.
      expect(deaths).toBeGreaterThanOrEqual(5);
    },
  );

  test.each(['before', 'after'] as const)(
    'at any setting or cancelling of timers (%s it is stored) loses no reminder, repeats none and fires none early',
    async (when) => {
      const expected = await undisturbed();
      let deaths = 0;
      for (let k = 1; k <= 9; k += 1) {
        const timersOf = (disk: Disk) =>
          failingTimers(disk.timers, { fromCall: k, when, fail: broken });
        const run = await runThroughCrash((disk) => ({ timers: timersOf(disk) }), k * 40);
        expect(run.outcome, `${when} change ${k}`).toEqual(expected);
        deaths += run.died ? 1 : 0;
      }
      expect(deaths).toBeGreaterThanOrEqual(6);
    },
  );

  test('at any command loses no reminder, repeats none and fires none early', async () => {
    const expected = await undisturbed();
    for (let k = 1; k <= NUDGED.length; k += 1) {
      let commands = 0;
      const onSend = () => {
        commands += 1;
        if (commands >= k) broken();
      };
      const run = await runThroughCrash(() => ({ onSend }), 10_000);
      expect(run.died).toBe(true);
      expect(run.outcome, `command ${k}`).toEqual(expected);
    }
  });
});
