import {
  type Checkpoints,
  createCodec,
  type EventEngine,
  Fault,
  type MessagesOf,
  type Process,
  storedAs,
} from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryReadModels,
  createMemoryStorage,
  type MemoryStorage,
} from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { type CounterEvent, counterCodec } from '../test/counter.ts';
import { failingEngine, readAll } from '../test/engines.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { gate, until } from '../test/turns.ts';
import type { CommandContext } from './command.ts';
import { createEventStore } from './event-store.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { createProcessManager } from './process-manager.ts';

/** Tells a person each time their counter moved, and says goodbye when it has passed ten. */
type Input = MessagesOf<{ Moved: { counter: string; by: number } }>;
type Order = MessagesOf<{
  Tell: { counter: string; sum: number };
  Farewell: { counter: string };
}>;

const telling: Process<Input, number, Order> = {
  name: 'telling',
  initialState: 0,
  evolve: (sum, { data }) => sum + data.by,
  correlate: ({ data }) => (data.counter === 'nobody' ? undefined : data.counter),
  react: (sum, { data: { counter } }) => [
    { kind: 'send', command: { type: 'Tell', data: { counter, sum } } },
    ...(sum > 10
      ? ([{ kind: 'send', command: { type: 'Farewell', data: { counter } } }] as const)
      : []),
  ],
  isTerminal: (sum) => sum > 10,
};

const inputs = createCodec<Input>({ Moved: storedAs({ parse: (data) => data as never }) });

interface Sent {
  readonly text: string;
  readonly context: CommandContext;
}

interface World {
  readonly storage?: MemoryStorage;
  readonly engine?: EventEngine;
  readonly process?: Process<Input, number, Order>;
  readonly checkpoints?: Checkpoints;
  readonly onSend?: (text: string) => Promise<void> | void;
}

function setUp(world: World = {}) {
  const storage = world.storage ?? createMemoryStorage();
  const engine = world.engine ?? createMemoryEventEngine({ storage });
  const checkpoints = world.checkpoints ?? createMemoryReadModels().checkpoints;
  const clock = createFakeClock();
  const { log, lines } = createLogKeeper();
  const sent: Sent[] = [];
  const runnable = createProcessManager<CounterEvent, Input, number, Order>({
    ...{ store: createEventStore(engine), keys: createMemoryKeys(), inputs, checkpoints },
    process: world.process ?? telling,
    source: { categories: ['counter'], codec: counterCodec },
    toInput: ({ stream, event }) =>
      event.type === 'Incremented'
        ? { type: 'Moved', data: { counter: stream.slice(8), by: event.data.by } }
        : undefined,
    send: async ({ type, data }, context) => {
      const text = `${type} ${data.counter}${'sum' in data ? ` ${data.sum}` : ''}`;
      await world.onSend?.(text);
      sent.push({ text, context });
    },
    onFailure: { retries: 1, backoffMs: 100, giveUp: 'stop' },
    clock,
    log,
  });
  const stop = new AbortController();
  const texts = () => sent.map(({ text }) => text);
  const done = async (position: bigint) =>
    until(async () => (await checkpoints.load('process/telling')) >= position);
  return { storage, engine, checkpoints, clock, lines, sent, texts, runnable, stop, done };
}

/** Moves counters, in another process: a list of `<counter> <by>`. */
async function move(storage: MemoryStorage, ...moves: readonly string[]): Promise<void> {
  const engine = createMemoryEventEngine({ storage });
  for (const text of moves) {
    const [id, by] = text.split(' ');
    const data = { by: Number(by) };
    const event = newEvent(`counter-${id}`, { id: `move ${text}`, type: 'Incremented', data });
    await engine.commit([{ events: [event], conditions: [] }]);
  }
}

describe('a process', () => {
  test('records each input in the stream of its instance, and sends what follows', async () => {
    const { storage, engine, runnable, stop, texts, sent, done } = setUp();
    await move(storage, 'a 1', 'b 2', 'a 3', 'nobody 1');
    const ended = runnable.run(stop.signal);
    await done(7n);
    expect(texts().sort()).toEqual(['Tell a 1', 'Tell a 4', 'Tell b 2']);
    expect(await readAll(engine, 'telling-a')).toMatchObject([
      {
        id: 'telling/move a 1.0',
        data: { counter: 'a', by: 1 },
        cause: { correlationId: 'correlation-1', causationId: 'move a 1', actor: 'telling' },
      },
      { id: 'telling/move a 3.0' },
    ]);
    expect(sent.find(({ text }) => text === 'Tell a 1')?.context).toEqual({
      commandId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      cause: {
        correlationId: 'correlation-1',
        causationId: 'telling/move a 1.0',
        actor: 'telling',
      },
    });
    stop.abort();
    await ended;
  });

  test('drops inputs of an instance that has ended', async () => {
    const { storage, engine, runnable, stop, texts, done } = setUp();
    await move(storage, 'a 11', 'a 1', 'b 1');
    const ended = runnable.run(stop.signal);
    await done(5n);
    expect(texts().sort()).toEqual(['Farewell a', 'Tell a 11', 'Tell b 1']);
    expect(await readAll(engine, 'telling-a')).toHaveLength(1);
    stop.abort();
    await ended;
  });

  test('sends nothing and says so when asked for a reminder', async () => {
    const input: Input = { type: 'Moved', data: { counter: 'a', by: 1 } };
    const process: typeof telling = {
      ...telling,
      react: (sum, moved) => [...telling.react(sum, moved), { kind: 'remind', afterMs: 1, input }],
    };
    const { storage, runnable, stop, texts } = setUp({ process });
    await move(storage, 'a 1');
    await expect(runnable.run(stop.signal)).rejects.toMatchObject({
      code: 'CAPABILITY_MISSING',
      facts: { capability: 'timers' },
    });
    expect(texts()).toEqual([]);
  });

  test('asks again under the same command id, and then goes on', async () => {
    const tried: string[] = [];
    const { storage, runnable, stop, texts, clock, done } = setUp({
      onSend: (text) => {
        tried.push(text);
        if (tried.length === 1) throw new Error('not now');
      },
    });
    await move(storage, 'a 1', 'a 2');
    const ended = runnable.run(stop.signal);
    await until(() => clock.sleeping() === 1);
    await clock.advance(100);
    await done(2n);
    expect(tried).toEqual(['Tell a 1', 'Tell a 1', 'Tell a 3']);
    expect(texts()).toEqual(['Tell a 1', 'Tell a 3']);
    stop.abort();
    await ended;
  });
});

describe('one instance among others', () => {
  test('that is slow holds back only itself and the checkpoint', async () => {
    const { opened, open } = gate();
    const { storage, runnable, stop, texts, checkpoints, done } = setUp({
      onSend: (text) => (text === 'Tell a 1' ? opened : undefined),
    });
    await move(storage, 'b 1', 'a 1', 'a 2', 'b 2');
    const ended = runnable.run(stop.signal);
    await until(() => texts().length === 2);
    await move(storage, 'c 5');
    await until(() => texts().length === 3);
    expect(texts()).toEqual(['Tell b 1', 'Tell b 3', 'Tell c 5']);
    expect(await checkpoints.load('process/telling')).toBeLessThan(2n);
    open();
    await done(5n);
    expect(texts().slice(3)).toEqual(['Tell a 1', 'Tell a 3']);
    stop.abort();
    await ended;
  });

  test('that keeps failing stops the process before its later inputs', async () => {
    const { storage, runnable, stop, texts, checkpoints, clock } = setUp({
      onSend: (text) => {
        if (text === 'Tell a 1') throw new Error('never');
      },
    });
    await move(storage, 'b 1', 'a 1', 'a 2');
    const ended = expect(runnable.run(stop.signal)).rejects.toThrow('never');
    await until(() => clock.sleeping() === 1);
    await clock.advance(100);
    await ended;
    expect(texts()).toEqual(['Tell b 1']);
    expect(await checkpoints.load('process/telling')).toBe(1n);
  });

  test('whose input cannot be recorded gets no later input recorded before it', async () => {
    const storage = createMemoryStorage();
    const memory = createMemoryEventEngine({ storage });
    const engine: EventEngine = {
      ...memory,
      commit: async (batch) => {
        const ids = batch.flatMap(({ events }) => events.map(({ id }) => id));
        if (ids.includes('telling/move a 1.0')) throw new Error('never');
        return memory.commit(batch);
      },
    };
    const { runnable, stop, clock } = setUp({ storage, engine });
    await move(storage, 'a 1', 'a 2');
    const ended = expect(runnable.run(stop.signal)).rejects.toThrow('never');
    await until(() => clock.sleeping() === 1);
    await clock.advance(100);
    await ended;
    expect(await readAll(engine, 'telling-a')).toEqual([]);
  });

  test('among more than are taken side by side gets its turn', async () => {
    const { storage, runnable, stop, texts, done } = setUp();
    await move(storage, ...Array.from({ length: 1_300 }, (_, n) => `c${n} 1`));
    const ended = runnable.run(stop.signal);
    await done(1_300n);
    expect(new Set(texts()).size).toBe(1_300);
    stop.abort();
    await ended;
  });
});

const MOVES = ['a 1', 'b 2', 'a 4', 'b 9', 'a 8', 'a 1', 'b 1'];
const TOLD = [
  ...['Farewell a', 'Farewell b'],
  ...['Tell a 1', 'Tell a 13', 'Tell a 5', 'Tell b 11', 'Tell b 2'],
];

/** Runs the process until it dies of what it is given, and then in a new process until all is done. */
async function runThroughCrash(crash: (world: World) => World) {
  const storage = createMemoryStorage();
  const { checkpoints } = createMemoryReadModels();
  await move(storage, ...MOVES);
  const first = setUp({ storage, checkpoints, ...crash({ storage }) });
  let fate: 'running' | 'stopped' | 'died' = 'running';
  const died = first.runnable.run(first.stop.signal).then(
    () => {
      fate = 'stopped';
    },
    () => {
      fate = 'died';
    },
  );
  const allDone = async () => (await checkpoints.load('process/telling')) >= BigInt(MOVES.length);
  await until(async () => {
    await first.clock.advance(1_000);
    return fate !== 'running' || (await allDone());
  });
  first.stop.abort();
  await died;
  const second = setUp({ storage, checkpoints });
  const ended = second.runnable.run(second.stop.signal);
  await until(allDone);
  second.stop.abort();
  await ended;
  return { fate, storage, engine: second.engine, sent: [...first.sent, ...second.sent] };
}

/** What must be the same with and without a crash. */
async function outcomeOf({ engine, sent }: Awaited<ReturnType<typeof runThroughCrash>>) {
  const ids = new Map<string, Set<string>>();
  for (const { text, context } of sent) {
    ids.set(text, (ids.get(text) ?? new Set()).add(context.commandId));
  }
  const streams = await Promise.all(
    (['telling-a', 'telling-b'] as const).map(async (stream) =>
      (await readAll(engine, stream)).map(({ id, data }) => ({ id, data })),
    ),
  );
  const commands = [...ids].map(([text, of]) => [text, [...of]]).sort();
  return { commands, streams };
}

describe('a crash', () => {
  const broken = () => {
    throw new Fault('OUTCOME_UNKNOWN', 'the power went');
  };

  test('at any append, stored or not, changes neither the inputs nor the commands and their ids', async () => {
    const undisturbed = await outcomeOf(await runThroughCrash(() => ({})));
    expect(undisturbed.commands.map(([text]) => text)).toEqual(TOLD);
    for (const when of ['before', 'after'] as const) {
      for (let k = 1; k <= MOVES.length; k += 1) {
        const fail = (commits: number) => {
          if (commits >= k) broken();
        };
        const crashed = await runThroughCrash(({ storage }) => ({
          engine: failingEngine(
            createMemoryEventEngine(storage === undefined ? {} : { storage }),
            when === 'before' ? { before: fail } : { after: fail },
          ),
        }));
        expect(await outcomeOf(crashed), `${when} append ${k}`).toEqual(undisturbed);
      }
    }
  });

  test('at any command, received or not, changes neither the inputs nor the commands and their ids', async () => {
    const undisturbed = await outcomeOf(await runThroughCrash(() => ({})));
    for (let k = 1; k <= TOLD.length; k += 1) {
      let commands = 0;
      const crashed = await runThroughCrash(() => ({
        onSend: () => {
          commands += 1;
          if (commands >= k) broken();
        },
      }));
      expect(crashed.fate).toBe('died');
      expect(await outcomeOf(crashed), `command ${k}`).toEqual(undisturbed);
    }
  });

  test('that loses the checkpoint sends the same commands again and records nothing twice', async () => {
    const { storage, sent, engine } = await runThroughCrash(() => ({}));
    const again = setUp({ storage });
    const ended = again.runnable.run(again.stop.signal);
    await again.done(BigInt(MOVES.length));
    again.stop.abort();
    await ended;
    const idsOf = (all: readonly Sent[]) =>
      all.map(({ text, context }) => `${text} ${context.commandId}`).sort();
    expect(idsOf(again.sent)).toEqual(idsOf(sent));
    expect(await readAll(engine, 'telling-a')).toHaveLength(3);
  });
});

test('two replicas record every input once', async () => {
  const storage = createMemoryStorage();
  const replicas = [setUp({ storage }), setUp({ storage })];
  const running = replicas.map(({ runnable, stop }) => runnable.run(stop.signal));
  await move(storage, ...MOVES);
  for (const { done } of replicas) await done(BigInt(MOVES.length));
  const ids = replicas.map(({ sent }) => new Set(sent.map(({ context }) => context.commandId)));
  expect(ids[0]).toEqual(ids[1]);
  const engine = createMemoryEventEngine({ storage });
  expect(await readAll(engine, 'telling-a')).toHaveLength(3);
  expect(await readAll(engine, 'telling-b')).toHaveLength(2);
  for (const { stop } of replicas) stop.abort();
  await Promise.all(running);
});
