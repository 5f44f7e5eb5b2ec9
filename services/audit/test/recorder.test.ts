import { createLogBus } from '@tidemark/bus-log';
import { createCodec, LIMITS, type Logger, type MessagesOf, storedAs } from '@tidemark/core';
import { createEventStore, createFeed } from '@tidemark/runtime';
import {
  createMemoryEventEngine,
  createMemoryParking,
  createMemoryReadModels,
} from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createRecorder } from '../src/adapters/messages-in.ts';

type Noted = MessagesOf<{ Noted: { text: string } }>;

const log: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => log,
};

/** Audit beside one service, whose events are notes. */
function setUp() {
  const notes = createMemoryEventEngine();
  const bus = createLogBus();
  const codec = createCodec<Noted>({ Noted: storedAs({ parse: (data) => data as never }) });
  const feed = { service: 'notes', store: createEventStore(notes), codec, out: () => [] };
  bus.offer(createFeed(feed), () => ({ name: 'relay', run: async () => {} }));
  const engine = createMemoryEventEngine();
  const { checkpoints } = createMemoryReadModels();
  const told: number[] = [];
  const recorder = createRecorder({
    ...{ store: createEventStore(engine), bus, checkpoints, services: ['notes'] },
    ...{ parking: createMemoryParking(), clock: createFakeClock(), log },
    onFailure: { retries: 0, backoffMs: 1, giveUp: 'park' },
    onRecorded: (messages) => told.push(messages.length),
  });
  const note = async (stream: `note-${string}`, ...texts: readonly string[]) => {
    const events = texts.map((text) => newEvent(stream, { type: 'Noted', data: { text } }));
    await notes.commit([{ events, conditions: [] }]);
  };
  const entries = async () => {
    const { events } = await engine.readLog({ after: 0n, limit: 100 });
    return events.map(({ data }) => [data.stream, (data.data as { text: string }).text]);
  };
  return { recorder, checkpoints, told, note, entries };
}

test('an event too large to be kept beside its origin is set aside with its stream, and all others are recorded', async () => {
  const { recorder, checkpoints, told, note, entries } = setUp();
  // As much as an event may hold: with what audit adds, it is too much.
  const large = 'x'.repeat(LIMITS.dataLength - '{"text":""}'.length);
  await note('note-a', 'a1');
  await note('note-b', 'b1', large, 'b3');
  await note('note-a', 'a2');
  const stop = new AbortController();
  const running = recorder.run(stop.signal);
  for (let turns = 0; turns < 100 && told.length === 0; turns += 1) {
    await new Promise((next) => setImmediate(next));
  }
  expect((await entries()).sort()).toEqual([
    ['note-a', 'a1'],
    ['note-a', 'a2'],
    ['note-b', 'b1'],
  ]);
  expect(told).toEqual([5]);
  const [parked] = await recorder.parked.list(9);
  expect(parked).toMatchObject({ key: 'note-b', type: 'notes.log', waiting: 1 });
  expect(parked?.error).toMatch(/^EVENT_INVALID/);
  expect(await recorder.parked.skip('note-b', parked?.id ?? '')).toBeUndefined();
  expect((await entries()).at(-1)).toEqual(['note-b', 'b3']);
  stop.abort();
  await running;
  expect(await checkpoints.load('audit/notes')).toBe(5n);
});

test('recording everything again changes nothing', async () => {
  const { recorder, told, note, entries } = setUp();
  await note('note-a', 'a1', 'a2');
  const stop = new AbortController();
  const running = recorder.run(stop.signal);
  const heard = async (times: number) => {
    for (let turns = 0; turns < 500 && told.length < times; turns += 1) {
      await new Promise((next) => setImmediate(next));
    }
    expect(told).toHaveLength(times);
  };
  await heard(1);
  await recorder.replays?.begin({ service: 'notes', from: { position: 1n } });
  await heard(2);
  expect(await entries()).toHaveLength(2);
  expect(await recorder.checkpoints()).toEqual([{ service: 'notes', position: 2n }]);
  stop.abort();
  await running;
});
