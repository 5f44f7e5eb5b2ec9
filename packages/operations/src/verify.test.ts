import { createCodec, type LogPage, type Recorded, storedAs } from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { appendOf, newEvents } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { verifyLog } from './verify.ts';

const codec = createCodec<{ type: 'SomethingHappened'; data: object }>({
  SomethingHappened: storedAs({ parse: (data) => data as never }),
});

/** What is found unsound in a log of two streams that an engine shows otherwise than it was stored. */
async function unsound(show: (events: readonly Recorded[]) => readonly Recorded[]) {
  const engine = createMemoryEventEngine();
  await engine.commit([appendOf(newEvents('door-1', 3)), appendOf(newEvents('door-2', 2))]);
  const readLog = async (page: Parameters<typeof engine.readLog>[0]): Promise<LogPage> => {
    const { events, scannedTo } = await engine.readLog(page);
    return { events: show(events), scannedTo };
  };
  const store = createEventStore({ ...engine, readLog });
  const quiet = { signal: new AbortController().signal, onProgress: () => undefined };
  const { checks, verdict } = await verifyLog({ store, codecs: [codec] }, quiet);
  const found = checks.filter(({ isSound }) => !isSound).map(({ check }) => check);
  expect(verdict).toBe(found.length === 0 ? 'sound' : 'damaged');
  return found;
}

test('a log as it was stored is sound', async () => {
  expect(await unsound((events) => events)).toEqual([]);
});

test('an engine that leaves an event out is found by positions and by revisions', async () => {
  const positions = 'positions have no gap';
  const revisions = 'revisions of each stream have no gap';
  const without = (position: bigint) =>
    unsound((events) => events.filter((event) => event.position !== position));
  expect(await without(2n)).toEqual([positions, revisions]);
  expect(await without(3n)).toEqual([positions]);
});

test('an engine that counts a stream wrongly is found, also where positions are right', async () => {
  const moved = await unsound((events) =>
    events.map((event) => ({ ...event, revision: event.revision === 1 ? 2 : event.revision })),
  );
  expect(moved).toEqual(['revisions of each stream have no gap']);
});
