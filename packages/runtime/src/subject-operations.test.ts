import {
  createCodec,
  ERASED,
  type Erased,
  type JsonObject,
  type Keys,
  type MessagesOf,
  type NewEvent,
  storedAs,
} from '@tidemark/core';
import { createMemoryEventEngine, createMemoryTimers } from '@tidemark/store-memory';
import { newEvent } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createEventStore } from './event-store.ts';
import { createMemoryKeys } from './memory-keys.ts';
import type { OperableConsumer, OperableReadModel } from './operations.ts';
import { createSubjectOperations, exportDocument } from './subject-operations.ts';
import type { SearchedService } from './subject-search.ts';
import type { SubjectProgress, SubjectRecord } from './subjects.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 8);
const clock = { now: () => NOW_MS };

type Event = MessagesOf<{
  Booked: {
    readonly bookerId: string;
    readonly name: string | Erased;
    readonly companions: readonly { readonly id: string; readonly name: string | Erased }[];
  };
  Paid: { readonly amount: number };
}>;

const anything = storedAs({ parse: (data) => data as never });
const codec = createCodec<Event>({
  Booked: { ...anything, personal: { name: 'bookerId', companions: { name: 'id' } } },
  Paid: anything,
});

/** Ada booked twice, once with Grace. */
const events: readonly (Event & {
  readonly stream: NewEvent['stream'];
  readonly tags?: string[];
})[] = [
  {
    stream: 'booking-1',
    type: 'Booked',
    data: { bookerId: 'ada', name: 'Ada', companions: [{ id: 'grace', name: 'Grace' }] },
  },
  { stream: 'booking-1', type: 'Paid', data: { amount: 10 } },
  {
    stream: 'booking-2',
    type: 'Booked',
    data: { bookerId: 'ada', name: 'Ada', companions: [{ id: 'ada', name: 'Ada, too' }] },
  },
  { stream: 'person-ada', type: 'Paid', data: { amount: 20 } },
  { stream: 'booking-3', type: 'Paid', data: { amount: 30 }, tags: ['payer:ada'] },
  { stream: 'booking-4', type: 'Paid', data: { amount: 40 }, tags: ['payer:adam'] },
];

/** A read model of one row for each key; one that cannot be searched without rows. */
function readModelOf(name: string, rows?: ReadonlyMap<string, object>): OperableReadModel {
  const scan: OperableReadModel['scan'] = async (after, limit) =>
    [...(rows ?? [])].filter(([key]) => after === undefined || key > after).slice(0, limit);
  return { name, version: 2, ...(rows && { scan }) } as OperableReadModel;
}

function consumerWith(parked: ReadonlyMap<string, JsonObject>): OperableConsumer {
  const list = async (_limit: number, after?: string) =>
    [...parked.keys()].filter((key) => after === undefined || key > after).map((key) => ({ key }));
  const inspect = async (key: string) => ({ key, data: parked.get(key) });
  return { name: 'inbox/bookings', parked: { list, inspect } } as unknown as OperableConsumer;
}

async function openWorld(keys: Keys = createMemoryKeys()) {
  const store = createEventStore(createMemoryEventEngine({ clock }));
  const ring = await keys.ensure(['ada', 'grace']);
  for (const { stream, tags, ...event } of events) {
    const body = codec.encode(event, ring);
    const stored = newEvent(stream, { ...body, ...(tags && { tags }) });
    await store.append({ events: [stored], conditions: [] });
  }
  const sealed = (subject: string) => ring.get(subject)?.seal(`name of ${subject}`);
  const timers = createMemoryTimers();
  const timer = (id: string, input: JsonObject) => ({ id, dueAtMs: NOW_MS, owner: 'late', input });
  await timers.set([timer('t1', { name: sealed('ada') }), timer('t2', { name: sealed('grace') })]);
  const rows = new Map(
    Array.from({ length: 2_500 }, (_, n) => [
      String(n).padStart(4, '0'),
      { n, name: sealed(n % 1_000 === 7 ? 'ada' : 'grace') },
    ]),
  );
  const parked = new Map([
    ['k1', { name: sealed('ada') }],
    ['k2', { name: sealed('grace') }],
  ]);
  const bookings: SearchedService = {
    name: 'bookings',
    operations: {
      ...{ store, timers, codecs: [] },
      readModels: [readModelOf('list', rows as never), readModelOf('sums')],
      consumers: [consumerWith(parked as never)],
    },
  };
  const empty: SearchedService = {
    name: 'empty',
    operations: {
      store: createEventStore(createMemoryEventEngine()),
      timers: createMemoryTimers(),
      ...{ codecs: [], readModels: [], consumers: [] },
    },
  };
  return { keys, subjects: createSubjectOperations({ services: [bookings, empty], keys, clock }) };
}

async function collect(records: AsyncIterable<SubjectRecord>): Promise<readonly SubjectRecord[]> {
  const all: SubjectRecord[] = [];
  for await (const record of records) all.push(record);
  return all;
}

test('an erasure deletes the key and tells where values of the subject became unreadable', async () => {
  const { keys, subjects } = await openWorld();
  const report = await subjects.erase('ada');
  expect((await keys.fetch(['ada', 'grace'])).has('ada')).toBe(false);
  expect(report).toEqual({
    subject: 'ada',
    outcome: 'erased',
    at: '2026-11-21T08:00:00.000Z',
    services: [
      {
        service: 'bookings',
        events: 2,
        fields: [
          { type: 'Booked', field: 'companions[].name', events: 1 },
          { type: 'Booked', field: 'name', events: 2 },
        ],
        streams: 2,
        rows: [{ readModel: 'list', version: 2, rows: 3 }],
        unsearched: ['sums'],
        timers: 1,
        parked: 1,
      },
      {
        service: 'empty',
        ...{ events: 0, fields: [], streams: 0, rows: [], unsearched: [], timers: 0, parked: 0 },
      },
    ],
  });
});

test('what is held is counted without a change, before an erasure as after it', async () => {
  const { keys, subjects } = await openWorld();
  const before = await subjects.holdings('ada');
  expect(before[0]).toMatchObject({ events: 2, streams: 2, timers: 1, parked: 1 });
  expect((await keys.fetch(['ada'])).has('ada')).toBe(true);
  expect((await subjects.erase('ada')).services).toEqual(before);
  expect(await subjects.holdings('ada')).toEqual(before);
});

test('erasing again gives the same report, and says that it was done before', async () => {
  const { subjects } = await openWorld();
  const { services } = await subjects.erase('ada');
  expect(await subjects.erase('ada')).toMatchObject({ outcome: 'erased-before', services });
});

test('somebody never seen is said to be so, holds nothing, and never gets a key', async () => {
  const { keys, subjects } = await openWorld();
  const report = await subjects.erase('nobody');
  expect(report.outcome).toBe('never-seen');
  expect(report.services.map(({ events, timers }) => events + timers)).toEqual([0, 0]);
  expect((await keys.ensure(['nobody'])).size).toBe(0);
});

test('an export holds what is kept about a person, opened, and nothing of anybody else', async () => {
  const { subjects } = await openWorld();
  const records = await collect(subjects.export('ada'));
  expect(records.map(({ kind }) => kind)).toEqual([
    ...['event', 'event', 'event', 'event'],
    ...['row', 'row', 'row', 'timer'],
  ]);
  expect(records[0]).toEqual({
    kind: 'event',
    service: 'bookings',
    stream: 'booking-1',
    type: 'Booked',
    revision: 0,
    position: '1',
    recordedAt: '2026-11-21T08:00:00.000Z',
    data: {
      bookerId: 'ada',
      name: 'Ada',
      companions: [{ id: 'grace', name: { withheld: true } }],
    },
  });
  expect(records.slice(1, 4).map(({ data }) => data)).toEqual([
    { bookerId: 'ada', name: 'Ada', companions: [{ id: 'ada', name: 'Ada, too' }] },
    { amount: 20 },
    { amount: 30 },
  ]);
  expect(records[4]).toMatchObject({ readModel: 'list', key: '0007', data: { n: 7 } });
  expect(records[7]).toMatchObject({ id: 't1', owner: 'late', data: { name: 'name of ada' } });
  expect(JSON.stringify(records)).not.toContain('Grace');
});

test('after an erasure an export holds the facts, marked as erased', async () => {
  const { subjects } = await openWorld();
  const before = await collect(subjects.export('ada'));
  await subjects.erase('ada');
  const after = await collect(subjects.export('ada'));
  expect(after).toHaveLength(before.length);
  expect(after[0]?.data).toEqual({
    bookerId: 'ada',
    name: ERASED,
    companions: [{ id: 'grace', name: { withheld: true } }],
  });
  expect(JSON.stringify(after)).not.toMatch(/Ada|name of/);
});

test('an erasure in the middle of an export is heard of with the next page', async () => {
  const { keys, subjects } = await openWorld();
  const seen: unknown[] = [];
  for await (const record of subjects.export('ada')) {
    if (record.kind === 'row' && seen.length === 0) await keys.erase('ada');
    if (record.kind === 'row') seen.push(record.data.name);
  }
  expect(seen).toEqual(['name of ada', ERASED, ERASED]);
});

test('the export as one document is JSON that holds every record, also of nobody', async () => {
  const { subjects } = await openWorld();
  for (const subject of ['ada', 'no"body']) {
    let text = '';
    for await (const piece of exportDocument(subject, subjects.export(subject), clock))
      text += piece;
    expect(JSON.parse(text)).toEqual({
      subject,
      exportedAt: '2026-11-21T08:00:00.000Z',
      records: await collect(subjects.export(subject)),
    });
  }
});

test('a search tells how far it is, and ends when it is to end, with the key gone', async () => {
  const { keys, subjects } = await openWorld();
  const steps: SubjectProgress[] = [];
  const stop = new AbortController();
  const onProgress = (step: SubjectProgress) => {
    steps.push(step);
    if (step.place === 'read-models' && step.done === 1_000n) stop.abort();
  };
  const erasing = subjects.erase('ada', { onProgress, signal: stop.signal });
  await expect(erasing).rejects.toMatchObject({ name: 'AbortError' });
  expect(steps).toEqual([
    { service: 'bookings', place: 'log', done: 0n, total: 6n },
    { service: 'bookings', place: 'log', done: 6n, total: 6n },
    { service: 'bookings', place: 'read-models', done: 0n },
    { service: 'bookings', place: 'read-models', done: 1_000n },
  ]);
  expect((await keys.fetch(['ada'])).size).toBe(0);
});

test.each(['', 'x'.repeat(501)])(
  'what cannot be an id is refused before anything is done',
  async (id) => {
    const { subjects } = await openWorld();
    await expect(subjects.erase(id)).rejects.toMatchObject({ code: 'EVENT_INVALID' });
    await expect(subjects.holdings(id)).rejects.toMatchObject({ code: 'EVENT_INVALID' });
    expect(() => subjects.export(id)).toThrow(/500 characters/);
  },
);
