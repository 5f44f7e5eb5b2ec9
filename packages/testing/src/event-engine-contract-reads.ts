import type { StreamName } from '@tidemark/core';
import { expect } from 'vitest';
import { appendOf, newEvent, newEvents, TEST_CAUSE } from './event-builders.ts';
import {
  type EventEngineCase,
  numbersOf,
  readWhole,
  readWholeLog,
  store,
} from './event-engine-contract-case.ts';

const ALIKE: readonly StreamName[] = [
  ...(['door-a', 'door-A', 'door-á', 'door-a\u0301', "door-a'", 'door-a%', 'door-a_'] as const),
  ...(['door-ab', 'door-a-b', 'doors-a', 'door_-a', 'door-\ufffd', 'door-__proto__'] as const),
];

const AWKWARD = {
  unicode: 'Zürich 東京 🛫 \u2028\u2029 e\u0301 \uffff',
  control: 'tab\t line\n nul\u0000 quote" back\\slash \u007f',
  halfACharacter: '\ud800',
  numbers: [0, -1, 1.5, 1e300, 5e-324, Number.MAX_SAFE_INTEGER, 0.1],
  nothing: null,
  truth: [true, false],
  deep: { a: [{ b: { c: [[], {}] } }] },
  '': 'an empty key',
  'key with "quotes"': 1,
  __proto__x: { toString: 'not a function' },
  html: '</script><!--',
  sql: "'); DROP TABLE events; --",
};

const streamCases: readonly EventEngineCase[] = [
  {
    name: 'an event comes back as it was written, with its place and time',
    run: async ({ engine }) => {
      const full = newEvent('door-ü', {
        type: 'DoorOpened',
        schema: 3,
        data: AWKWARD,
        tags: ['key:1', 'room:ü'],
        cause: { ...TEST_CAUSE, trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
      });
      const plain = newEvent('door-ü');
      await store(engine, appendOf([full, plain]));
      const events = await readWhole(engine, 'door-ü');
      const recordedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(events).toEqual([
        { ...full, revision: 0, position: 1n, recordedAt },
        { ...plain, revision: 1, position: 2n, recordedAt },
      ]);
      expect(await readWholeLog(engine)).toEqual(events);
    },
  },
  {
    name: 'tags come back as they were given, also one that is named twice and a list of none',
    run: async ({ engine }) => {
      const tags = ['b:1', 'a:1', 'b:1'];
      await store(
        engine,
        appendOf([newEvent('door-1', { tags }), newEvent('door-1', { tags: [] })]),
      );
      for (const events of [await readWhole(engine, 'door-1'), await readWholeLog(engine)]) {
        expect(events.map((event) => event.tags ?? [])).toEqual([tags, []]);
      }
    },
  },
  {
    name: 'JSON with a key named __proto__ comes back as it was written',
    run: async ({ engine }) => {
      const data = JSON.parse('{"__proto__":{"admin":true},"constructor":1}');
      await store(engine, appendOf([newEvent('door-1', { data })]));
      const [event] = await readWhole(engine, 'door-1');
      expect(JSON.stringify(event?.data)).toBe(JSON.stringify(data));
    },
  },
  {
    name: 'what a caller does to an event after writing or reading it does not reach the log',
    run: async ({ engine }) => {
      const data = { list: [1] };
      await store(engine, appendOf([newEvent('door-1', { data })]));
      data.list.push(2);
      const [read] = await readWhole(engine, 'door-1');
      const list = read?.data.list as number[];
      try {
        list.push(3);
      } catch {
        // Refusing the change is as good as not seeing it.
      }
      expect((await readWhole(engine, 'door-1'))[0]?.data).toEqual({ list: [1] });
    },
  },
  {
    name: 'a stream that does not exist yields nothing',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1')]));
      expect(await readWhole(engine, 'door-2')).toEqual([]);
    },
  },
  {
    name: 'streams whose names look alike are kept apart, and what is no name is no stream',
    run: async ({ engine }) => {
      for (const [n, stream] of ALIKE.entries()) {
        const none = { stream, revision: 'none' } as const;
        await store(engine, appendOf([newEvent(stream, { data: { n } })], [none]));
      }
      for (const [n, stream] of ALIKE.entries()) {
        expect(numbersOf(await readWhole(engine, stream))).toEqual([n]);
      }
      const odd = ['door-\ud800', 'door-a\0b', 'door-', 'door', ''] as StreamName[];
      for (const stream of odd) expect(await readWhole(engine, stream)).toEqual([]);
    },
  },
  {
    name: 'a range of a stream includes both ends',
    run: async ({ engine }) => {
      await engine.commit([appendOf(newEvents('door-1', 5)), appendOf(newEvents('door-2', 2))]);
      const read = async (range: { from?: number; upTo?: number }) =>
        numbersOf(await readWhole(engine, 'door-1', range));
      expect(await read({})).toEqual([0, 1, 2, 3, 4]);
      expect(await read({ from: 2 })).toEqual([2, 3, 4]);
      expect(await read({ upTo: 2 })).toEqual([0, 1, 2]);
      expect(await read({ from: 1, upTo: 3 })).toEqual([1, 2, 3]);
      expect(await read({ from: 4, upTo: 4 })).toEqual([4]);
      expect(await read({ from: 5 })).toEqual([]);
      expect(await read({ from: 3, upTo: 2 })).toEqual([]);
      expect(await read({ from: 3, upTo: 99 })).toEqual([3, 4]);
    },
  },
  {
    name: 'a stream of several thousand events comes in pages, whole and in order',
    run: async ({ engine }) => {
      for (let batch = 0; batch < 5; batch += 1) {
        const events = newEvents('door-1', 500).map((event, n) => ({
          ...event,
          data: { n: batch * 500 + n },
        }));
        await engine.commit([appendOf(events), appendOf(newEvents('door-2', 3))]);
      }
      const pages: number[] = [];
      for await (const page of engine.readStream('door-1')) pages.push(page.length);
      expect(pages.length).toBeGreaterThan(1);
      const events = await readWhole(engine, 'door-1');
      expect(events.map((event) => event.revision)).toEqual([...Array(2_500).keys()]);
      expect(numbersOf(events)).toEqual([...Array(2_500).keys()]);
      const middle = await readWhole(engine, 'door-1', { from: 900, upTo: 2_100 });
      expect(numbersOf(middle)).toEqual([...Array(2_500).keys()].slice(900, 2_101));
      expect(await readWhole(engine, 'door-2')).toHaveLength(15);
    },
  },
  {
    name: 'reading can stop in the middle of a stream, and the store works on',
    run: async ({ engine }) => {
      await engine.commit([
        appendOf(newEvents('door-1', 1_000)),
        appendOf(newEvents('door-1', 1_000)),
      ]);
      for await (const page of engine.readStream('door-1')) {
        expect(page[0]?.revision).toBe(0);
        break;
      }
      await store(engine, appendOf([newEvent('door-1')], [{ stream: 'door-1', revision: 1_999 }]));
    },
  },
];

const logCases: readonly EventEngineCase[] = [
  {
    name: 'a page of no events, or of more than 10,000, is refused',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1')]));
      for (const limit of [0, -1, 1.5, 10_001, Number.NaN]) {
        await expect(engine.readLog({ after: 0n, limit })).rejects.toThrow(RangeError);
      }
      expect((await engine.readLog({ after: 0n, limit: 10_000 })).events).toHaveLength(1);
    },
  },
  {
    name: 'a page that begins before the log does is refused',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1')]));
      for (const query of [undefined, [{ types: ['Other'] }]]) {
        const page = { after: -1n, limit: 9, ...(query && { query }) };
        await expect(engine.readLog(page)).rejects.toThrow(RangeError);
      }
    },
  },
  {
    name: 'an empty log has head 0, no events, and is scanned to where it was asked from',
    run: async ({ engine }) => {
      expect(await engine.head()).toBe(0n);
      expect(await engine.readLog({ after: 0n, limit: 10 })).toEqual({ events: [], scannedTo: 0n });
      const query = [{ types: ['Opened'] }];
      expect(await engine.readLog({ after: 0n, limit: 10, query })).toEqual({
        events: [],
        scannedTo: 0n,
      });
    },
  },
  {
    name: 'a page of the log holds at most as many events as asked for and continues where it ended',
    run: async ({ engine }) => {
      await engine.commit([
        appendOf(newEvents('door-1', 3)),
        appendOf(newEvents('door-2', 2)),
        appendOf(newEvents('door-3', 2)),
      ]);
      const first = await engine.readLog({ after: 0n, limit: 4 });
      expect(first.events.map((event) => event.position)).toEqual([1n, 2n, 3n, 4n]);
      expect(first.scannedTo).toBe(4n);
      const second = await engine.readLog({ after: first.scannedTo, limit: 4 });
      expect(second.events.map((event) => event.position)).toEqual([5n, 6n, 7n]);
      expect(second.scannedTo).toBe(7n);
      expect(await engine.head()).toBe(7n);
    },
  },
  {
    name: 'a page that finds little or nothing has still looked: scannedTo moves, never beyond the head',
    run: async ({ engine }) => {
      await engine.commit([appendOf(newEvents('door-1', 300)), appendOf(newEvents('key-1', 1))]);
      const nothing = await engine.readLog({ after: 0n, limit: 10, query: [{ types: ['Other'] }] });
      expect(nothing.events).toEqual([]);
      expect(nothing.scannedTo).toBeGreaterThan(0n);
      expect(nothing.scannedTo).toBeLessThanOrEqual(301n);
      const query = [{ categories: ['key'] }];
      expect((await readWholeLog(engine, { query })).map((e) => e.position)).toEqual([301n]);
    },
  },
  {
    name: 'a full page is scanned no further than its last event, so that nothing is skipped',
    run: async ({ engine }) => {
      const events = Array.from({ length: 30 }, (_, n) =>
        newEvent(`door-${n}`, { type: n % 3 === 0 ? 'Opened' : 'Closed' }),
      );
      await store(engine, appendOf(events));
      const query = [{ types: ['Opened'] }];
      const page = await engine.readLog({ after: 0n, limit: 4, query });
      expect(page.events.map((event) => event.position)).toEqual([1n, 4n, 7n, 10n]);
      expect(page.scannedTo).toBeGreaterThanOrEqual(10n);
      expect(page.scannedTo).toBeLessThan(13n);
    },
  },
  {
    name: 'scannedTo is never below the position asked from, also behind the head',
    run: async ({ engine }) => {
      await store(engine, appendOf(newEvents('door-1', 3)));
      for (const after of [3n, 7n, 2n ** 53n + 1n, 2n ** 63n]) {
        for (const query of [undefined, [{ types: ['Other'] }], [{ categories: ['other'] }]]) {
          const page = await engine.readLog({ after, limit: 5, ...(query && { query }) });
          expect(page).toEqual({ events: [], scannedTo: after });
        }
      }
    },
  },
  {
    name: 'a page that may be shared with other readers holds what any page holds',
    run: async ({ engine }) => {
      for (let n = 0; n < 3; n += 1) {
        await store(engine, appendOf([newEvent(`door-${n}`, { data: { n } })]));
        for (const page of [{}, { query: [{ categories: ['door'] }] }]) {
          const asked = { after: BigInt(n), limit: 9, ...page };
          const shared = await engine.readLog({ ...asked, mayShare: true });
          expect(shared).toEqual(await engine.readLog(asked));
          expect(numbersOf(shared.events)).toEqual([n]);
        }
      }
    },
  },
  {
    name: 'a log of several thousand events is read whole, with and without a query',
    run: async ({ engine }) => {
      for (let batch = 0; batch < 6; batch += 1) {
        await engine.commit(
          Array.from({ length: 500 }, (_, n) =>
            appendOf([newEvent(`door-${n % 50}`, n % 100 === 0 ? { type: 'Rare' } : {})]),
          ),
        );
      }
      const log = await readWholeLog(engine, { limit: 1_000 });
      expect(log.map((event) => event.position)).toEqual(
        Array.from({ length: 3_000 }, (_, n) => BigInt(n + 1)),
      );
      const one = await readWholeLog(engine, { query: [{ types: ['Rare'] }], limit: 7 });
      expect(one.map((event) => event.position)).toEqual(
        Array.from({ length: 30 }, (_, n) => BigInt(n * 100 + 1)),
      );
    },
  },
];

/** Reading streams and the log. */
export const readCases: readonly EventEngineCase[] = [...streamCases, ...logCases];
