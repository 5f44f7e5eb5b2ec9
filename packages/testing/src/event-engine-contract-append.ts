import { expect } from 'vitest';
import { appendOf, newEvent, newEvents } from './event-builders.ts';
import {
  commitOne,
  type EventEngineCase,
  readWhole,
  readWholeLog,
  store,
} from './event-engine-contract-case.ts';

const conditionCases: readonly EventEngineCase[] = [
  {
    name: 'a new stream is written under the condition that it does not exist',
    run: async ({ engine }) => {
      const receipt = await store(
        engine,
        appendOf(newEvents('door-1', 2), [{ stream: 'door-1', revision: 'none' }]),
      );
      expect(receipt).toEqual({ position: 2n, revisions: { 'door-1': 1 } });
    },
  },
  {
    name: 'the condition "none" conflicts with a stream that exists, naming its last revision',
    run: async ({ engine }) => {
      await store(engine, appendOf(newEvents('door-1', 2)));
      const condition = { stream: 'door-1', revision: 'none' } as const;
      const result = await commitOne(engine, appendOf([newEvent('door-1')], [condition]));
      expect(result).toEqual({ kind: 'conflict', condition, actual: 1 });
      expect(await engine.head()).toBe(2n);
    },
  },
  {
    name: 'an expected revision holds only when it is the last one',
    run: async ({ engine }) => {
      await store(engine, appendOf(newEvents('door-1', 2)));
      for (const revision of [0, 2]) {
        const condition = { stream: 'door-1', revision } as const;
        const result = await commitOne(engine, appendOf([newEvent('door-1')], [condition]));
        expect(result).toEqual({ kind: 'conflict', condition, actual: 1 });
      }
      const stored = appendOf([newEvent('door-1')], [{ stream: 'door-1', revision: 1 }]);
      expect((await store(engine, stored)).revisions).toEqual({ 'door-1': 2 });
    },
  },
  {
    name: 'an expected revision conflicts with a stream that does not exist',
    run: async ({ engine }) => {
      const condition = { stream: 'door-1', revision: 0 } as const;
      const result = await commitOne(engine, appendOf([newEvent('door-1')], [condition]));
      expect(result).toEqual({ kind: 'conflict', condition, actual: 'none' });
      expect(await readWhole(engine, 'door-1')).toEqual([]);
    },
  },
  {
    name: 'an expected revision that no stream can have conflicts with any, and nothing is stored',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1')]));
      for (const revision of [-1, -2, 0.5, Number.NaN, 2 ** 31, 2 ** 53]) {
        const existing = { stream: 'door-1', revision } as const;
        const missing = { stream: 'door-2', revision } as const;
        for (const others of [[], [appendOf([newEvent('gate-1')])]]) {
          const before = await engine.head();
          const [first] = await engine.commit([
            appendOf([newEvent('door-1')], [existing]),
            ...others,
          ]);
          expect(first).toEqual({ kind: 'conflict', condition: existing, actual: 0 });
          const [second] = await engine.commit([
            appendOf([newEvent('door-2')], [missing]),
            ...others,
          ]);
          expect(second).toEqual({ kind: 'conflict', condition: missing, actual: 'none' });
          expect(await engine.head()).toBe(before + 2n * BigInt(others.length));
        }
      }
      expect(await readWhole(engine, 'door-1')).toHaveLength(1);
    },
  },
  {
    name: 'the condition "some" holds for any stream that exists and conflicts with one that does not',
    run: async ({ engine }) => {
      const condition = { stream: 'door-1', revision: 'some' } as const;
      const request = appendOf([newEvent('door-1')], [condition]);
      expect(await commitOne(engine, request)).toEqual({
        kind: 'conflict',
        condition,
        actual: 'none',
      });
      await store(engine, appendOf(newEvents('door-1', 3)));
      expect((await store(engine, request)).revisions).toEqual({ 'door-1': 3 });
    },
  },
  {
    name: 'a condition may look at a stream that the append does not write',
    run: async ({ engine }) => {
      await store(engine, appendOf(newEvents('key-1', 1)));
      const broken = { stream: 'key-1', revision: 'none' } as const;
      expect(await commitOne(engine, appendOf([newEvent('door-1')], [broken]))).toEqual({
        kind: 'conflict',
        condition: broken,
        actual: 0,
      });
      const request = appendOf([newEvent('door-1')], [{ stream: 'key-1', revision: 0 }]);
      expect(await store(engine, request)).toEqual({ position: 2n, revisions: { 'door-1': 0 } });
    },
  },
  {
    name: 'of several conditions the conflict names the one that does not hold',
    run: async ({ engine }) => {
      await store(engine, appendOf(newEvents('door-1', 2)));
      const broken = { stream: 'door-2', revision: 'some' } as const;
      const result = await commitOne(
        engine,
        appendOf(
          [newEvent('door-1')],
          [{ stream: 'door-1', revision: 1 }, broken, { stream: 'door-3', revision: 'none' }],
        ),
      );
      expect(result).toEqual({ kind: 'conflict', condition: broken, actual: 'none' });
    },
  },
  {
    name: 'without conditions an append is always accepted',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1')]));
      expect((await store(engine, appendOf([newEvent('door-1')]))).revisions).toEqual({
        'door-1': 1,
      });
    },
  },
];

const atomicityCases: readonly EventEngineCase[] = [
  {
    name: 'an append over several streams is all or nothing',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-2')]));
      const events = [newEvent('door-1'), newEvent('door-2'), newEvent('door-3')];
      const broken = { stream: 'door-2', revision: 'none' } as const;
      const conditions = [{ stream: 'door-1', revision: 'none' } as const, broken];
      const result = await commitOne(engine, appendOf(events, conditions));
      expect(result).toEqual({ kind: 'conflict', condition: broken, actual: 0 });
      expect(await readWhole(engine, 'door-1')).toEqual([]);
      expect(await readWhole(engine, 'door-3')).toEqual([]);
      expect(await engine.head()).toBe(1n);
    },
  },
  {
    name: 'an append over several streams answers the last revision of each',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1')]));
      const receipt = await store(
        engine,
        appendOf([newEvent('door-1'), newEvent('door-2'), newEvent('door-1')]),
      );
      expect(receipt).toEqual({ position: 4n, revisions: { 'door-1': 2, 'door-2': 0 } });
      const log = await readWholeLog(engine, { after: 1n });
      expect(log.map((event) => event.stream)).toEqual(['door-1', 'door-2', 'door-1']);
    },
  },
  {
    name: 'in a batch each request has its own answer, and a conflict touches only itself',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-2')]));
      const broken = { stream: 'door-2', revision: 'none' } as const;
      const results = await engine.commit([
        appendOf(newEvents('door-1', 2)),
        appendOf([newEvent('door-2')], [broken]),
        appendOf([newEvent('door-3')], [{ stream: 'door-3', revision: 'none' }]),
      ]);
      expect(results).toEqual([
        { kind: 'appended', position: 3n, revisions: { 'door-1': 1 } },
        { kind: 'conflict', condition: broken, actual: 0 },
        { kind: 'appended', position: 4n, revisions: { 'door-3': 0 } },
      ]);
      expect(await engine.head()).toBe(4n);
    },
  },
  {
    name: 'requests of one batch may write one stream when none is conditioned on it',
    run: async ({ engine }) => {
      const results = await engine.commit([
        appendOf([newEvent('door-1')]),
        appendOf([newEvent('door-1')]),
      ]);
      expect(results.map((result) => result.kind)).toEqual(['appended', 'appended']);
      const events = await readWhole(engine, 'door-1');
      expect(events.map((event) => event.revision)).toEqual([0, 1]);
    },
  },
  {
    name: 'an empty batch answers nothing and changes nothing',
    run: async ({ engine }) => {
      expect(await engine.commit([])).toEqual([]);
      expect(await engine.head()).toBe(0n);
    },
  },
  {
    name: 'positions count from 1 in commit order and have no gap, also behind conflicts',
    run: async ({ engine }) => {
      for (let n = 0; n < 5; n += 1) {
        await store(engine, appendOf(newEvents(`door-${n}`, 2)));
        const broken = appendOf(newEvents('door-0', 3), [{ stream: 'door-0', revision: 'none' }]);
        await commitOne(engine, broken);
      }
      const log = await readWholeLog(engine);
      expect(log.map((event) => event.position)).toEqual(
        Array.from({ length: 10 }, (_, place) => BigInt(place + 1)),
      );
      expect(log.map((event) => event.revision)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    },
  },
];

/** Conditions on streams, atomicity and positions. */
export const appendCases: readonly EventEngineCase[] = [...conditionCases, ...atomicityCases];
