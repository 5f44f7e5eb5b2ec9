// The code that the guide shows, run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCodec,
  type Decider,
  type Erased,
  isErased,
  type Logger,
  type MessagesOf,
  type Placed,
  type ReadModel,
  type SealedData,
  storedAs,
} from '@tidemark/core';
import {
  createCommandHandler,
  createErasedList,
  createEventStore,
  createKeys,
  createSubjectOperations,
  createSystemClock,
  exportDocument,
  loadOrCreateSecret,
  openPersonal,
  openReadModel,
  type SubjectRecord,
} from '@tidemark/runtime';
import { createMemoryTimers } from '@tidemark/store-memory';
import {
  createSqliteEventEngine,
  openSqliteKeyStorage,
  openSqliteReadModels,
} from '@tidemark/store-sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';

interface Companion {
  readonly id: string;
  readonly name: string | Erased;
}

type BookingEvent = MessagesOf<{
  Booked: {
    readonly bookerId: string;
    readonly name: string | Erased;
    readonly companions: readonly Companion[];
  };
  Cancelled: Record<string, never>;
}>;

const sealed = z.object({ $subject: z.string(), $sealed: z.string() });

const bookingCodec = createCodec<BookingEvent>({
  Booked: {
    ...storedAs(
      z.object({
        bookerId: z.string(),
        name: sealed,
        companions: z.array(z.object({ id: z.string(), name: sealed })),
      }),
    ),
    personal: { name: 'bookerId', companions: { name: 'id' } },
  },
  Cancelled: storedAs(z.object({})),
});

type BookingCommand = MessagesOf<{
  Book: { bookerId: string; name: string; companions: { id: string; name: string }[] };
}>;
type Booking = { readonly name: string | Erased };

const booking: Decider<BookingCommand, Booking, BookingEvent, never> = {
  initialState: { name: '' },
  decide: ({ data }) => [{ type: 'Booked', data }],
  evolve: (state, event) => (event.type === 'Booked' ? { name: event.data.name } : state),
};

function greeting({ name }: Booking): string {
  return isErased(name) ? 'Hello' : `Hello ${name}`;
}

type Row = SealedData<{ readonly id: string; readonly name: string | Erased }>;

const bookings: ReadModel<BookingEvent, Row> = {
  name: 'bookings',
  version: 1,
  categories: ['booking'],
  indexes: { by_id: ['id'] },
  key: ({ stream }) => [stream],
  evolve: (row, { event }: Placed<BookingEvent>, id) =>
    event.type === 'Booked' ? { id, name: event.data.name } : row,
};

const quiet: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: () => undefined,
  with: () => quiet,
};

async function openKeys(folder: string) {
  const secret = await loadOrCreateSecret(`${folder}/data.key`);
  const erased = createErasedList(await createSqliteEventEngine(`${folder}/data.erased.db`));
  const storage = await openSqliteKeyStorage(`${folder}/keys.db`);
  return createKeys(storage, { secret, erased });
}

test('a person is in an event with others, is exported, and is erased from it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-guide-'));
  const engine = await createSqliteEventEngine(join(folder, 'bookings.db'));
  const store = createEventStore(engine);
  const readModels = await openSqliteReadModels(join(folder, 'bookings.read.db'));
  const clock = createSystemClock();
  const timers = createMemoryTimers();
  const keys = await openKeys(folder);

  const aggregate = { category: 'booking', codec: bookingCodec, decider: booking };
  const handler = createCommandHandler({ store, keys, aggregate });
  const book = (id: string, data: BookingCommand['data'], commandId: string) =>
    handler.handle(
      id,
      { type: 'Book', data },
      { commandId, cause: { correlationId: 'c', causationId: 'c', actor: 'guide' } },
    );
  const companions = [{ id: 'grace', name: 'Grace' }];
  await book('1', { bookerId: 'ada', name: 'Ada', companions }, 'one');
  expect(greeting((await handler.load('1')).state)).toBe('Hello Ada');
  const onFailure = { retries: 5, backoffMs: 100, giveUp: 'stop' } as const;
  const source = { store, readModels, codec: bookingCodec, onFailure, clock, log: quiet };
  const list = await openReadModel({ ...source, readModel: bookings });
  const stop = new AbortController();
  const running = list.runnable.run(stop.signal);
  await list.reached(1n, stop.signal);

  const services = [
    {
      name: 'bookings',
      operations: { store, timers, codecs: [], readModels: [list], consumers: [] },
    },
  ];
  const subjects = createSubjectOperations({ services, keys, clock });

  let text = '';
  for await (const piece of exportDocument('ada', subjects.export('ada'), clock)) text += piece;
  const { records } = JSON.parse(text) as { records: readonly SubjectRecord[] };
  const events = records.filter(({ kind }) => kind === 'event');
  expect(events.map(({ data }) => data)).toEqual([
    { bookerId: 'ada', name: 'Ada', companions: [{ id: 'grace', name: { withheld: true } }] },
  ]);

  const report = await subjects.erase('ada');
  expect(report.outcome).toBe('erased');
  expect(report.services[0]).toMatchObject({
    service: 'bookings',
    events: 1,
    fields: [{ type: 'Booked', field: 'name', events: 1 }],
  });

  expect(greeting((await handler.load('1')).state)).toBe('Hello');
  const page = await list.find({ index: 'by_id', equals: [], limit: 10 });
  const [row] = await openPersonal(keys, page.items);
  expect(row).toEqual({ id: 'booking-1', name: { erased: true } });

  const again = await book('2', { bookerId: 'ada', name: 'Ada', companions: [] }, 'two');
  expect(again).toEqual({ status: 'rejected', reason: 'subject-erased' });

  stop.abort();
  await running;
  await keys.close();
  await readModels.close();
  await engine.close();
  await rm(folder, { recursive: true });
});
