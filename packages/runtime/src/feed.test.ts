import { type Codec, createCodec, storedAs } from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { createFakeClock, newEvent } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { asked, type CounterEvent, counter, counterCodec, increment } from '../test/counter.ts';
import { createEventStore } from './event-store.ts';
import { createFeed, type MessagesOut } from './feed.ts';
import { createCommandHandler } from './handle-command.ts';
import { createMemoryKeys } from './memory-keys.ts';

const COUNTED = 'counters.counted.v1';
const DIGIT = 'counters.digit.v1';
const LOG = 'counters.log';

const out: MessagesOut<CounterEvent> = ({ stream, event }) => {
  if (event.type !== 'Incremented') return [];
  const { by } = event.data;
  const digits = [...String(by)].map((digit) => ({ topic: DIGIT, key: digit, data: { digit } }));
  return [{ topic: COUNTED, key: stream, data: { by } }, ...digits];
};

async function setUp(codec: Codec<CounterEvent> = counterCodec, categories?: readonly string[]) {
  const engine = createMemoryEventEngine();
  const store = createEventStore(engine);
  const counters = createCommandHandler({ store, keys: createMemoryKeys(), aggregate: counter });
  await counters.handle('1', increment(11), asked({ commandId: 'command-a' }));
  await counters.handle(
    '1',
    { type: 'Own', data: { owner: 'person-1', name: 'Ada' } },
    asked({ commandId: 'command-b' }),
  );
  const parts = { service: 'counters', store, codec, out };
  const feed = createFeed(categories === undefined ? parts : { ...parts, categories });
  const read = (...topics: string[]) => feed.read({ after: 0n, limit: 100, topics });
  return { engine, counters, feed, read };
}

describe('a feed', () => {
  test('says what the events mean to others, under ids that are the same each time', async () => {
    const { read } = await setUp();
    const page = await read(COUNTED);
    expect(page.scannedTo).toBe(2n);
    expect(page.messages).toEqual([
      {
        id: 'command-a.0/counters.counted.v1',
        topic: COUNTED,
        key: 'counter-1',
        time: expect.stringMatching(/Z$/),
        data: { by: 11 },
        cause: { correlationId: 'correlation-1', causationId: 'command-a.0', actor: 'tester' },
      },
    ]);
    expect(await read(COUNTED)).toEqual(page);
  });

  test('gives two messages of one event and topic different ids', async () => {
    const { read } = await setUp();
    const { messages } = await read(DIGIT);
    expect(messages.map(({ id }) => id)).toEqual([
      'command-a.0/counters.digit.v1',
      'command-a.0/counters.digit.v1/1',
    ]);
  });

  test('gives ids that can be command ids, however far the first command is behind', async () => {
    const { read, counters } = await setUp();
    for (const commandId of ['c'.repeat(195), 'd'.repeat(200)]) {
      await counters.handle('2', increment(11), asked({ commandId }));
    }
    const ids = (await read(COUNTED, DIGIT, LOG)).messages.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const commandId of ids) {
      const first = await counters.handle('3', increment(1), asked({ commandId }));
      expect(first).toMatchObject({ status: 'accepted', repeated: false });
    }
    expect((await read(COUNTED, DIGIT, LOG)).messages.slice(0, ids.length)).toMatchObject(
      ids.map((id) => ({ id })),
    );
  });

  test('shows every event sealed on the log topic', async () => {
    const { read, engine } = await setUp();
    const foreign = newEvent('process-1', { type: 'NotOfTheCodec' });
    await engine.commit([{ events: [foreign], conditions: [] }]);
    const { messages } = await read(LOG);
    expect(messages.map(({ id, key }) => [id, key])).toEqual([
      ['command-a.0/counters.log', 'counter-1'],
      ['command-b.0/counters.log', 'counter-1'],
      [`${foreign.id}/counters.log`, 'process-1'],
    ]);
    expect(messages[1]?.data).toEqual({
      service: 'counters',
      stream: 'counter-1',
      type: 'Owned',
      revision: 1,
      position: '2',
      eventId: 'command-b.0',
      recordedAt: messages[1]?.time,
      schema: 1,
      data: { owner: 'person-1', name: { $subject: 'person-1', $sealed: expect.any(String) } },
    });
  });

  test('answers all asked topics in log order', async () => {
    const { read } = await setUp();
    const { messages } = await read(COUNTED, LOG);
    expect(messages.map(({ id }) => id)).toEqual([
      'command-a.0/counters.log',
      'command-a.0/counters.counted.v1',
      'command-b.0/counters.log',
    ]);
  });

  test('decodes nothing for the log topic alone', async () => {
    const broken: Codec<CounterEvent> = {
      ...counterCodec,
      decodeSealed: () => {
        throw new Error('decoded');
      },
    };
    const { read } = await setUp(broken);
    expect((await read(LOG)).messages).toHaveLength(2);
    await expect(read(COUNTED)).rejects.toThrow('decoded');
  });

  test('looks only at the categories it is told to, and then refuses types it does not know', async () => {
    const narrow = createCodec<CounterEvent>({
      Incremented: storedAs({ parse: (data) => data as never }),
    } as unknown as Parameters<typeof createCodec<CounterEvent>>[0]);
    const lenient = await setUp(narrow);
    expect((await lenient.read(COUNTED)).messages).toHaveLength(1);
    const strict = await setUp(narrow, ['counter']);
    await expect(strict.read(COUNTED)).rejects.toMatchObject({ code: 'EVENT_TYPE_UNKNOWN' });
    const elsewhere = await setUp(narrow, ['other']);
    expect(await elsewhere.read(COUNTED)).toEqual({ messages: [], scannedTo: 2n });
  });
});

test('a feed finds the first event that was recorded at a time or later', async () => {
  const clock = createFakeClock(Date.UTC(2030, 0, 1));
  const engine = createMemoryEventEngine({ clock });
  const feed = createFeed({ service: 'counters', store: engine, codec: counterCodec, out });
  expect(await feed.positionAt('2030-01-01T00:00:00.000Z')).toBe(1n);
  for (const pause of [0, 0, 5, 0, 1, 90]) {
    await clock.advance(pause);
    const event = newEvent('counter-1', { type: 'Incremented', data: { by: 1 } });
    await engine.commit([{ events: [event], conditions: [] }]);
  }
  const asked = ['00.000', '00.001', '00.005', '00.006', '00.007', '00.096', '00.097', '01.000'];
  const found = await Promise.all(
    asked.map((time) => feed.positionAt(`2030-01-01T00:00:${time}Z`)),
  );
  expect(found).toEqual([1n, 3n, 3n, 5n, 6n, 6n, 7n, 7n]);
  expect(await feed.positionAt('1970-01-01')).toBe(1n);
  await expect(feed.positionAt('soon')).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});
