import { createLogBus } from '@tidemark/bus-log';
import {
  createCodec,
  type Erased,
  type EventStore,
  type JsonObject,
  type Logger,
  type MessagesOf,
  type ReadModel,
  type Runnable,
  type StreamName,
  storedAs,
} from '@tidemark/core';
import {
  createEventStore,
  createFeed,
  createInbox,
  createMemoryKeys,
  createSubjectOperations,
  type Inbox,
  type LiveReadModel,
  openReadModel,
  type RunnableHealth,
  type ServiceOperations,
} from '@tidemark/runtime';
import { createFakeClock, type FakeClock } from '@tidemark/testing';
import {
  createOperations,
  createOperationsClient,
  type Operations,
  type OperationsClient,
} from '../src/index.ts';
import type { Storage } from './engines.ts';

export type NoteEvent = MessagesOf<{
  /** `text` is personal: of `personId`. */
  NoteWritten: { personId: string; text: string | Erased };
  NoteFiled: { folder: string };
}>;

const anything = storedAs({ parse: (data) => data as never });

export const noteCodec = createCodec<NoteEvent>({
  NoteWritten: { ...anything, personal: { text: 'personId' } },
  NoteFiled: { ...anything, tags: ({ folder }) => [`folder:${folder}`] },
});

interface NoteRow {
  readonly id: string;
  readonly folders: number;
}

/** Fails at the folder `attic` as long as it is told to. */
export function createNotes(isBroken: () => boolean): ReadModel<NoteEvent, NoteRow> {
  return {
    name: 'notes',
    version: 3,
    categories: ['note'],
    indexes: {},
    key: ({ stream }) => [stream],
    evolve: (row = { id: '', folders: 0 }, { event }, key) => {
      if (event.type === 'NoteFiled' && event.data.folder === 'attic' && isBroken()) {
        throw new RangeError('nobody goes there');
      }
      return { id: key, folders: row.folders + (event.type === 'NoteFiled' ? 1 : 0) };
    },
  };
}

/** What is written to the log, by message. */
export interface LogLine {
  readonly message: string;
  readonly fields: JsonObject;
}

export const TOKEN = 'a token of the operators';

export interface NotesWorld {
  readonly operations: Operations;
  readonly client: OperationsClient;
  readonly clock: FakeClock;
  readonly lines: readonly LogLine[];
  readonly notes: LiveReadModel<NoteRow>;
  /** Changed by tests. */
  readonly sick: { isBroken: boolean; health: RunnableHealth[] };
  readonly write: (stream: StreamName, ...events: readonly NoteEvent[]) => Promise<void>;
  /** Ids of events that the inbox of the service `other` has handled. */
  readonly heard: readonly string[];
  /** Runs the read model up to the end of the log. */
  readonly catchUp: () => Promise<void>;
  /** Runs the read model until its new build is ready. */
  readonly untilRebuilt: () => Promise<void>;
  /** Runs the inbox of the service `other` up to the end of the log. */
  readonly deliver: () => Promise<void>;
}

/** A service of notes, another without any event, and their operators. */
export async function createNotesWorld(storage: Omit<Storage, 'close'>): Promise<NotesWorld> {
  const clock = createFakeClock();
  const lines: LogLine[] = [];
  const log = keepingLog(lines);
  const keys = createMemoryKeys();
  const sick = { isBroken: true, health: [] as RunnableHealth[] };
  const store = createEventStore(storage.engine);
  const notes = await openReadModel({
    ...{ store, readModels: storage.readModels, codec: noteCodec, clock, log },
    readModel: createNotes(() => sick.isBroken),
    onFailure: { retries: 0, backoffMs: 1, giveUp: 'park' },
  });
  const heard: string[] = [];
  const inbox = openInbox({ storage, store, heard, sick, clock, log });
  const { timers } = storage;
  const bare = { codecs: [noteCodec], readModels: [], consumers: [], timers };
  const services = new Map<string, ServiceOperations>([
    ['notes', { ...bare, store, readModels: [notes] }],
    ['other', { ...bare, store: createEventStore(storage.other), consumers: [inbox] }],
  ]);
  const searched = Array.from(services, ([name, operations]) => ({ name, operations }));
  const operations = createOperations({
    services,
    subjects: createSubjectOperations({ services: searched, keys, clock }),
    health: (service) => (service === 'notes' ? sick.health : []),
    ...{ keys, token: TOKEN, clock, log },
  });
  const runUntil = async (runnable: Runnable, isDone: () => Promise<boolean>) => {
    const stop = new AbortController();
    const running = runnable.run(stop.signal);
    while (!(await isDone())) await new Promise(setImmediate);
    stop.abort();
    await running;
  };
  let written = 0;
  return {
    ...{ operations, clock, lines, notes, sick, heard },
    client: createOperationsClient({
      url: 'http://notes.internal',
      token: TOKEN,
      fetch: operations.fetch,
    }),
    write: async (stream, ...events) => {
      for (const event of events) {
        const ring = await keys.ensure(noteCodec.subjectsOf(event));
        written += 1;
        const id = `e${written}`;
        const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };
        const appended = { id, stream, cause, ...noteCodec.encode(event, ring) };
        await store.append({ events: [appended], conditions: [] });
      }
    },
    catchUp: () =>
      runUntil(notes.runnable, async () => (await notes.checkpoint()) === (await store.head())),
    untilRebuilt: () =>
      runUntil(notes.runnable, async () => {
        await clock.advance(1_000);
        return (await notes.rebuild.status()).state === 'ready';
      }),
    deliver: () =>
      runUntil(inbox, async () => {
        const [checkpoint] = await inbox.checkpoints();
        return checkpoint?.position === (await store.head());
      }),
  };
}

/** Of the service `other`: hears of all notes, and fails at folders named `cellar` as long as it is told to. */
function openInbox(parts: {
  readonly storage: Omit<Storage, 'close'>;
  readonly store: EventStore;
  readonly heard: string[];
  readonly sick: { readonly isBroken: boolean };
  readonly clock: FakeClock;
  readonly log: Logger;
}): Inbox {
  const { storage, store, heard, sick, clock, log } = parts;
  const bus = createLogBus();
  const feed = createFeed({ service: 'notes', store, codec: noteCodec, out: () => [] });
  bus.offer(feed, () => {
    throw new Error('consumers of this bus read the feed themselves');
  });
  return createInbox({
    bus,
    group: 'other',
    topics: ['notes.log'],
    checkpoints: storage.readModels.checkpoints,
    parking: storage.parking,
    handle: async ({ data }) => {
      const { folder } = data.data as { folder?: string };
      if (folder === 'cellar' && sick.isBroken) throw new RangeError('it is dark there');
      heard.push(String(data.eventId));
    },
    onFailure: { retries: 0, backoffMs: 1, giveUp: 'park' },
    clock,
    log,
  });
}

function keepingLog(lines: LogLine[]): Logger {
  const keep = (message: string, fields: JsonObject = {}): void => {
    lines.push({ message, fields });
  };
  const log: Logger = { debug: keep, info: keep, warn: keep, error: keep, with: () => log };
  return log;
}
