import type { AppendResult, EventEngine, StreamName } from '@tidemark/core';
import { expect } from 'vitest';
import { ANSWERED_OR_REFUSED, endedByClosing } from './ended-by-closing.ts';
import { appendOf, newEvent, newEvents } from './event-builders.ts';
import {
  commitOne,
  type EventEngineCase,
  readWhole,
  readWholeLog,
  required,
  store,
} from './event-engine-contract-case.ts';
import { keptBySignal } from './kept-by-signal.ts';

const never = new AbortController().signal;

const newsCases: readonly EventEngineCase[] = [
  {
    name: 'waiting for news ends at once when there is something behind the position',
    run: async ({ engine }) => {
      await store(engine, appendOf(newEvents('door-1', 2)));
      await engine.awaitNews(0n, never);
      await engine.awaitNews(1n, never);
    },
  },
  {
    name: 'waiting for news ends with the next commit, for everybody who waits',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1')]));
      const waiting = [1, 2, 3].map(() => engine.awaitNews(1n, never));
      await store(engine, appendOf([newEvent('door-1')]));
      await Promise.all(waiting);
      expect(await engine.head()).toBe(2n);
    },
  },
  {
    name: 'waiting for news ends when its signal aborts, before or while waiting',
    run: async ({ engine }) => {
      await engine.awaitNews(0n, AbortSignal.abort());
      const stop = new AbortController();
      const waiting = engine.awaitNews(0n, stop.signal);
      stop.abort();
      await waiting;
    },
  },
  {
    name: 'who waits for news leaves nothing behind on its signal, which may outlive all waiting',
    run: async ({ engine }) => {
      const { signal } = new AbortController();
      const before = keptBySignal(signal);
      for (let n = 0n; n < 3n; n += 1n) {
        const waiting = engine.awaitNews(n, signal);
        await store(engine, appendOf([newEvent('door-1')]));
        await waiting;
        await engine.awaitNews(n, signal);
      }
      expect(keptBySignal(signal)).toBe(before);
    },
  },
  {
    name: 'waiting for news ends when the engine is closed',
    run: async ({ engine }) => {
      const waiting = engine.awaitNews(0n, never);
      await engine.close();
      await waiting;
      await engine.awaitNews(0n, never);
    },
  },
  {
    name: 'what was asked before an engine was closed is answered or refused by when it is closed',
    run: async ({ engine }) => {
      await store(engine, appendOf(newEvents('door-1', 3)));
      const calls = Array.from({ length: 4 }, () => [
        engine.head(),
        engine.findCommand('command-1'),
        engine.readLog({ after: 0n, limit: 10 }),
        readWhole(engine, 'door-1'),
      ]);
      const ended = await endedByClosing(engine.close, calls.flat());
      expect(ended.filter((how) => !ANSWERED_OR_REFUSED.includes(how))).toEqual([]);
    },
  },
  {
    name: 'a closed engine refuses with STORE_UNAVAILABLE and may be closed again',
    run: async ({ engine }) => {
      await engine.close();
      await engine.close();
      const refused = { code: 'STORE_UNAVAILABLE' };
      await expect(engine.commit([appendOf([newEvent('door-1')])])).rejects.toMatchObject(refused);
      await expect(engine.head()).rejects.toMatchObject(refused);
      await expect(engine.readLog({ after: 0n, limit: 1 })).rejects.toMatchObject(refused);
      await expect(readWhole(engine, 'door-1')).rejects.toMatchObject(refused);
      await expect(engine.findCommand('command-1')).rejects.toMatchObject(refused);
    },
  },
];

const reopenCases: readonly EventEngineCase[] = [
  {
    name: 'an engine opened again on the same storage knows everything that was acknowledged',
    needs: 'reopen',
    run: async (subject) => {
      const command = { commandId: 'command-1', fingerprint: 'print-1' };
      const conditions = [{ stream: 'door-1', revision: 'none' } as const];
      const request = appendOf([newEvent('door-1', { tags: ['key:1'] })], conditions, command);
      const first = await store(subject.engine, request);
      await store(subject.engine, appendOf(newEvents('door-2', 3)));
      const before = await readWholeLog(subject.engine);

      const engine = await required(subject.reopen)();
      expect(await engine.head()).toBe(4n);
      expect(await readWholeLog(engine)).toEqual(before);
      expect(await readWhole(engine, 'door-2')).toEqual(before.slice(1));
      expect(await commitOne(engine, request)).toEqual({ kind: 'duplicate', first });
      expect(await commitOne(engine, appendOf([newEvent('door-3')], conditions))).toMatchObject({
        kind: 'conflict',
        actual: 0,
      });
      const next = appendOf([newEvent('door-2')], [{ stream: 'door-2', revision: 2 }]);
      expect(await store(engine, next)).toEqual({ position: 5n, revisions: { 'door-2': 3 } });
    },
  },
  {
    name: 'what was acknowledged while an engine was being closed is stored, and what was refused is not',
    needs: 'reopen',
    run: async (subject) => {
      const streams = Array.from({ length: 8 }, (_, n): StreamName => `door-${n}`);
      const calls = streams.map((stream) =>
        commitOne(subject.engine, appendOf([newEvent(stream)])).then(
          ({ kind }) => kind,
          ({ code }) => code,
        ),
      );
      await subject.engine.close();
      const ended = await Promise.all(calls);
      const again = await required(subject.reopen)();
      for (const [n, stream] of streams.entries()) {
        const stored = await readWhole(again, stream);
        if (ended[n] === 'appended') expect(stored).toHaveLength(1);
        else if (ended[n] === 'STORE_UNAVAILABLE') expect(stored).toEqual([]);
        else expect(ended[n]).toBe('OUTCOME_UNKNOWN');
      }
    },
  },
  {
    name: 'an engine opened again knows all tags',
    needs: 'reopen',
    capability: 'queries',
    run: async (subject) => {
      const tags = ['key:1', 'key:2'];
      for (const tag of tags) {
        await store(subject.engine, appendOf([newEvent('door-1', { tags: [tag] })]));
      }
      const engine = await required(subject.reopen)();
      for (const [place, tag] of tags.entries()) {
        const nothingMatches = [{ tags: [tag] }];
        const request = appendOf([newEvent('door-3')], [{ nothingMatches, after: 0n }]);
        const actual = BigInt(place + 1);
        expect(await commitOne(engine, request)).toMatchObject({ kind: 'conflict', actual });
        const found = await readWholeLog(engine, { query: nothingMatches });
        expect(found.map(({ position }) => position)).toEqual([actual]);
      }
    },
  },
];

const secondCases: readonly EventEngineCase[] = [
  {
    name: 'two engines on one storage give one log without gaps',
    needs: 'openSecond',
    run: async (subject) => {
      const engines = [subject.engine, await required(subject.openSecond)()];
      for (let n = 0; n < 40; n += 1) {
        const engine = engines[n % 2] as EventEngine;
        const conditions = [{ stream: 'door-1', revision: n === 0 ? 'none' : n - 1 } as const];
        await store(engine, appendOf([newEvent('door-1'), newEvent(`door-x${n % 3}`)], conditions));
      }
      const logs = await Promise.all(engines.map((engine) => readWholeLog(engine)));
      expect(logs[0]?.map((e) => e.position)).toEqual(
        Array.from({ length: 80 }, (_, n) => BigInt(n + 1)),
      );
      expect(logs[1]).toEqual(logs[0]);
    },
  },
  {
    name: 'an engine sees what another has written: conflicts, commands and streams',
    needs: 'openSecond',
    run: async (subject) => {
      const { engine } = subject;
      const second = await required(subject.openSecond)();
      const none = { stream: 'door-1', revision: 'none' } as const;
      expect(await readWhole(engine, 'door-1')).toEqual([]);
      const command = { commandId: 'command-1' };
      const request = appendOf([newEvent('door-1')], [none], command);
      const first = await store(second, request);
      expect(await engine.findCommand('command-1')).toEqual(first);
      expect(await commitOne(engine, request)).toEqual({ kind: 'duplicate', first });
      expect(await commitOne(engine, appendOf([newEvent('door-1')], [none]))).toEqual({
        kind: 'conflict',
        condition: none,
        actual: 0,
      });
      expect(await readWhole(engine, 'door-1')).toEqual(await readWhole(second, 'door-1'));
    },
  },
  {
    name: 'an engine sees the tags that another has written',
    needs: 'openSecond',
    capability: 'queries',
    run: async (subject) => {
      const { engine } = subject;
      const second = await required(subject.openSecond)();
      const nothingMatches = [{ tags: ['key:1'] }];
      expect(await readWholeLog(engine, { query: nothingMatches })).toEqual([]);
      await store(second, appendOf([newEvent('door-1', { tags: ['key:1'] })]));
      const condition = { nothingMatches, after: 0n };
      expect(await commitOne(engine, appendOf([newEvent('door-2')], [condition]))).toEqual({
        kind: 'conflict',
        condition,
        actual: 1n,
      });
      expect(await readWholeLog(engine, { query: nothingMatches })).toHaveLength(1);
    },
  },
  {
    name: 'of two engines that write the same revision at the same time exactly one wins',
    needs: 'openSecond',
    run: async (subject) => {
      const engines = [subject.engine, await required(subject.openSecond)()];
      for (let n = 0; n < 30; n += 1) {
        const conditions = [{ stream: 'door-1', revision: n === 0 ? 'none' : n - 1 } as const];
        const results: AppendResult[] = await Promise.all(
          engines.map((engine) => commitOne(engine, appendOf([newEvent('door-1')], conditions))),
        );
        expect(results.map((result) => result.kind).sort()).toEqual(['appended', 'conflict']);
      }
      expect(await subject.engine.head()).toBe(30n);
    },
  },
  {
    name: 'of two engines that repeat one command at the same time one stores it and both answer the same',
    needs: 'openSecond',
    run: async (subject) => {
      const engines = [subject.engine, await required(subject.openSecond)()];
      for (let n = 0; n < 10; n += 1) {
        const request = appendOf([newEvent('door-1')], [], { commandId: `command-${n}` });
        const results = await Promise.all(engines.map((engine) => commitOne(engine, request)));
        expect(results.map((result) => result.kind).sort()).toEqual(['appended', 'duplicate']);
      }
      expect(await subject.engine.head()).toBe(10n);
    },
  },
  {
    name: 'waiting for news ends with a commit of another engine',
    needs: 'openSecond',
    run: async (subject) => {
      const second = await required(subject.openSecond)();
      for (let n = 0n; n < 3n; n += 1n) {
        const waiting = second.awaitNews(n, never);
        await store(subject.engine, appendOf([newEvent('door-1')]));
        await waiting;
        // A hint may come early, so the wait is repeated until the news is there.
        while ((await second.head()) <= n) await second.awaitNews(n, never);
      }
    },
  },
];

/** News, closing, reopening, and several engines on one storage. */
export const storageCases: readonly EventEngineCase[] = [
  ...newsCases,
  ...reopenCases,
  ...secondCases,
];
