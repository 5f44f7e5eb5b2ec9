import type { Recorded } from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { appendOf, newEvents } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createEventStore } from './event-store.ts';

test('who follows the log gets what this store appends without reading it from the engine', async () => {
  const engine = createMemoryEventEngine();
  const read: Recorded[] = [];
  const store = createEventStore({
    ...engine,
    readLog: async (page) => {
      const found = await engine.readLog(page);
      read.push(...found.events);
      return found;
    },
  });
  await store.readLog({ after: 0n, limit: 10, mayShare: true });
  await store.append(appendOf(newEvents('flight-1', 2)));
  const page = await store.readLog({ after: 0n, limit: 10, mayShare: true });
  expect(page).toEqual(await engine.readLog({ after: 0n, limit: 10 }));
  expect(read).toEqual([]);
});
