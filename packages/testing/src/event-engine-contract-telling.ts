import type { JsonObject, Recorded } from '@tidemark/core';
import { expect } from 'vitest';
import { appendOf, newEvent, newEvents } from './event-builders.ts';
import { type EventEngineCase, readWholeLog, store } from './event-engine-contract-case.ts';

/** JSON leaves out the one and makes a text of the other. */
const CHANGED_BY_JSON = { left: undefined, at: new Date(0) } as unknown as JsonObject;

export const tellingCases: readonly EventEngineCase[] = [
  {
    name: 'a commit tells what it has stored before there is news of it, and a commit that stores nothing tells nothing',
    needs: 'tells',
    run: async ({ engine }) => {
      const order: string[] = [];
      const news = engine
        .awaitNews(0n, new AbortController().signal)
        .then(() => order.push('news'));
      await engine.commit([appendOf([newEvent('door-1')])], () => order.push('told'));
      await news;
      expect(order).toEqual(['told', 'news']);
      const told: Recorded[] = [];
      const tell = (events: readonly Recorded[]) => void told.push(...events);
      const broken = { stream: 'door-1', revision: 'none' } as const;
      await engine.commit([appendOf([newEvent('door-1')], [broken])], tell);
      await expect(
        engine.commit([appendOf([newEvent('door-1')]), appendOf([])], tell),
      ).rejects.toMatchObject({ code: 'EVENT_INVALID' });
      expect(told).toEqual([]);
    },
  },
  {
    name: 'a commit tells what it has stored, as reading answers it, and nothing else',
    needs: 'tells',
    run: async ({ engine }) => {
      const command = { commandId: 'command-1' };
      await store(engine, appendOf(newEvents('door-1', 2), [], command));
      const told: Recorded[] = [];
      const results = await engine.commit(
        [
          appendOf(newEvents('door-1', 1), [], command),
          appendOf([newEvent('door-2', { data: CHANGED_BY_JSON, tags: ['key:1', 'key:2'] })]),
          appendOf(newEvents('door-3', 1), [{ stream: 'door-4', revision: 'some' }]),
          appendOf([...newEvents('door-1', 2), newEvent('door-5', { schema: 3 })], [], {
            commandId: 'command-2',
            fingerprint: 'print-2',
          }),
        ],
        (events) => {
          told.push(...events);
        },
      );
      expect(results.map(({ kind }) => kind)).toEqual([
        'duplicate',
        'appended',
        'conflict',
        'appended',
      ]);
      expect(told).toHaveLength(4);
      expect(told).toStrictEqual((await readWholeLog(engine)).slice(2));
    },
  },
];
