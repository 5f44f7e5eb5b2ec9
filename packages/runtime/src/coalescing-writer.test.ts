import { Fault, isFault, type NewEvent } from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { appendOf, newEvent } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { failingEngine, readAll, recordingEngine } from '../test/engines.ts';
import { gate, until } from '../test/turns.ts';
import { createEventStore } from './event-store.ts';

function codeOf(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === 'fulfilled') return 'fulfilled';
  return isFault(outcome.reason) ? outcome.reason.code : String(outcome.reason);
}

describe('forming batches', () => {
  test('an append that comes alone is a batch of one', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    const result = await createEventStore(engine).append(appendOf([newEvent('flight-1')]));
    expect(result).toEqual({ kind: 'appended', position: 1n, revisions: { 'flight-1': 0 } });
    expect(batches.map((batch) => batch.length)).toEqual([1]);
  });

  test('appends of one turn of the event loop share one commit', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    const store = createEventStore(engine);
    const callers = Array.from({ length: 64 }, (_, n) =>
      store.append(
        appendOf([newEvent(`flight-${n}`)], [{ stream: `flight-${n}`, revision: 'none' }]),
      ),
    );
    await Promise.all(callers);
    expect(batches.map((batch) => batch.length)).toEqual([64]);
  });

  test('appends whose input came in the same turn share one commit, also from different callbacks', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    const store = createEventStore(engine);
    const appendInCallback = (n: number) =>
      new Promise((resolve) => {
        setImmediate(() => resolve(store.append(appendOf([newEvent(`flight-${n}`)]))));
      });
    await Promise.all([1, 2, 3].map(appendInCallback));
    expect(batches.map((batch) => batch.length)).toEqual([3]);
  });

  test('while one batch commits, the next one forms, and only one is in flight', async () => {
    const { opened, open } = gate();
    const memory = createMemoryEventEngine();
    let inFlight = 0;
    let most = 0;
    const { engine, batches } = recordingEngine({
      ...memory,
      commit: async (batch) => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        await opened;
        inFlight -= 1;
        return memory.commit(batch);
      },
    });
    const store = createEventStore(engine);
    const first = store.append(appendOf([newEvent('flight-1')]));
    await until(() => batches.length === 1);
    const later = [2, 3, 4].map((n) => store.append(appendOf([newEvent(`flight-${n}`)])));
    open();
    await Promise.all([first, ...later]);
    expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
    expect(most).toBe(1);
  });

  test('callers that append again as soon as they are answered keep sharing commits', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    const store = createEventStore(engine);
    const caller = async (n: number) => {
      for (let round = 0; round < 10; round += 1) {
        await store.append(appendOf([newEvent(`flight-${n}`)]));
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, n) => caller(n)));
    expect(batches.length).toBe(10);
  });

  test('a batch holds at most as many events as allowed, in the order they came', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    const store = createEventStore(engine, { maxBatchEvents: 4 });
    const sizes = [3, 3, 1, 6, 1];
    await Promise.all(
      sizes.map((size, n) =>
        store.append(appendOf(Array.from({ length: size }, () => newEvent(`flight-${n}`)))),
      ),
    );
    const events = batches.map((batch) => batch.flatMap((request) => request.events).length);
    expect(events.every((count) => count <= 4 || count === 6)).toBe(true);
    expect(events.reduce((sum, count) => sum + count)).toBe(14);
  });

  test('a batch ends at about one mebibyte of data', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    const store = createEventStore(engine);
    const data = { note: 'x'.repeat(200 * 1_024) };
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        store.append(appendOf([newEvent(`flight-${n}`, { data })])),
      ),
    );
    expect(batches.map((batch) => batch.length)).toEqual([6, 6]);
  });

  test('data that cannot be weighed fails for its caller alone, and the writer works on', async () => {
    const store = createEventStore(createMemoryEventEngine());
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    const outcomes = await Promise.allSettled(
      [{ n: 1 }, endless, { n: 3 }].map((data, n) =>
        store.append(appendOf([newEvent(`flight-${n}`, { data })])),
      ),
    );
    expect(outcomes.map(codeOf)).toEqual(['fulfilled', 'EVENT_INVALID', 'fulfilled']);
    expect(await store.append(appendOf([newEvent('flight-4')]))).toMatchObject({ position: 3n });
  });
});

describe('independence', () => {
  test('two appends that expect the same revision never share a batch, and one wins', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    const store = createEventStore(engine);
    const expecting = () =>
      store.append(appendOf([newEvent('flight-1')], [{ stream: 'flight-1', revision: 'none' }]));
    const results = await Promise.all(Array.from({ length: 20 }, expecting));
    expect(results.map((result) => result.kind)).toEqual([
      'appended',
      ...Array(19).fill('conflict'),
    ]);
    expect(batches.every((batch) => batch.length === 1)).toBe(true);
  });

  test('a repeated command id waits for the first one and answers as it did', async () => {
    const store = createEventStore(createMemoryEventEngine());
    const repeated = () =>
      store.append(appendOf([newEvent('flight-1')], [], { commandId: 'command-1' }));
    const [first, second] = await Promise.all([repeated(), repeated()]);
    expect(first.kind).toBe('appended');
    expect(second).toEqual({
      kind: 'duplicate',
      first: { position: 1n, revisions: { 'flight-1': 0 } },
    });
  });

  test('what is held back is not overtaken by a later append to the same stream', async () => {
    const engine = createMemoryEventEngine();
    const store = createEventStore(engine);
    const held = newEvent('gate-1');
    const later = newEvent('gate-1');
    await Promise.all([
      store.append(appendOf([newEvent('flight-1')])),
      store.append(appendOf([held], [{ stream: 'flight-1', revision: 'some' }])),
      store.append(appendOf([later])),
    ]);
    const page = await readAll(engine, 'gate-1');
    expect(page.map((event) => event.id)).toEqual([held.id, later.id]);
  });

  test('of two appends that each forbid what the other writes, one conflicts', async () => {
    const store = createEventStore(createMemoryEventEngine());
    const seat = (flight: string) => newEvent(`flight-${flight}`, { tags: ['seat:4A'] });
    const forbidden = [{ nothingMatches: [{ tags: ['seat:4A'] }], after: 0n }];
    const results = await Promise.all([
      store.append(appendOf([seat('1')], forbidden)),
      store.append(appendOf([seat('2')], forbidden)),
    ]);
    expect(results.map((result) => result.kind)).toEqual(['appended', 'conflict']);
  });
});

describe('when a commit fails', () => {
  test('one that cannot be stored gets its own error, and the rest of its batch is stored', async () => {
    const engine = createMemoryEventEngine();
    const store = createEventStore(engine);
    const broken: NewEvent = newEvent('flight-2', { data: { count: 1n } });
    const outcomes = await Promise.allSettled([
      store.append(appendOf([newEvent('flight-1')])),
      store.append(appendOf([broken])),
      store.append(appendOf([newEvent('flight-3')])),
    ]);
    expect(outcomes.map(codeOf)).toEqual(['fulfilled', 'EVENT_INVALID', 'fulfilled']);
    expect(await engine.head()).toBe(2n);
  });

  test('an unknown outcome is told to all of the batch, and nothing is sent again', async () => {
    let commits = 0;
    const engine = failingEngine(createMemoryEventEngine(), {
      after: (count) => {
        commits = count;
        throw new Fault('OUTCOME_UNKNOWN', 'the connection died');
      },
    });
    const store = createEventStore(engine);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map((n) => store.append(appendOf([newEvent(`flight-${n}`)]))),
    );
    expect(outcomes.map(codeOf)).toEqual(Array(3).fill('OUTCOME_UNKNOWN'));
    expect(commits).toBe(1);
  });

  test('a store that is down is not asked for each of a large batch', async () => {
    let commits = 0;
    const engine = failingEngine(createMemoryEventEngine(), {
      before: (count) => {
        commits = count;
        throw new Fault('STORE_UNAVAILABLE', 'no answer');
      },
    });
    const store = createEventStore(engine);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) => store.append(appendOf([newEvent(`flight-${n}`)]))),
    );
    expect(outcomes.map(codeOf)).toEqual(Array(50).fill('STORE_UNAVAILABLE'));
    expect(commits).toBeLessThanOrEqual(4);
  });

  test('the writer goes on after a failure', async () => {
    const engine = failingEngine(createMemoryEventEngine(), {
      before: (commits) => {
        if (commits === 1) throw new Fault('STORE_UNAVAILABLE', 'no answer');
      },
    });
    const store = createEventStore(engine);
    await expect(store.append(appendOf([newEvent('flight-1')]))).rejects.toThrow('no answer');
    await expect(store.append(appendOf([newEvent('flight-1')]))).resolves.toMatchObject({
      kind: 'appended',
    });
  });

  test('an append that breaks a limit is refused before it is queued', async () => {
    const { engine, batches } = recordingEngine(createMemoryEventEngine());
    await expect(createEventStore(engine).append(appendOf([]))).rejects.toMatchObject({
      code: 'EVENT_INVALID',
    });
    expect(batches).toEqual([]);
  });

  test('a query condition is refused by name where the engine has none', async () => {
    const engine = { ...createMemoryEventEngine(), capabilities: { queries: false } };
    const request = appendOf([newEvent('flight-1')], [{ nothingMatches: [{}], after: 0n }]);
    await expect(createEventStore(engine).append(request)).rejects.toMatchObject({
      code: 'CAPABILITY_MISSING',
    });
  });
});
