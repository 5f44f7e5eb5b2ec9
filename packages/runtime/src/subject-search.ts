import type { Recorded, Timer } from '@tidemark/core';
import type { OperableConsumer, OperableReadModel } from './operations.ts';
import type { Service } from './service.ts';
import type { SubjectProgress, SubjectSearch } from './subjects.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

/** A service, as far as a search for data of a subject needs it. */
export type SearchedService = Pick<Service, 'name' | 'operations'>;

const PAGE = 1_000;
const MESSAGES_PAGE = 100;

type Report = (place: SubjectProgress['place'], done: bigint, total?: bigint) => Promise<void>;

/** Tells how far it is, lets others have their turn, and ends when it is to end. */
function reporter(service: string, { signal, onProgress }: SubjectSearch): Report {
  return async (place, done, total) => {
    onProgress?.({ service, place, done, ...(total !== undefined && { total }) });
    await turnOfTheLoop();
    signal?.throwIfAborted();
  };
}

/** The log of a service up to where it ends now, a page at a time. */
export async function* pagesOfLog(
  { name, operations: { store } }: SearchedService,
  search: SubjectSearch,
): AsyncGenerator<readonly Recorded[]> {
  const report = reporter(name, search);
  const total = await store.head();
  await report('log', 0n, total);
  for (let after = 0n; after < total; ) {
    const { events, scannedTo } = await store.readLog({ after, limit: PAGE });
    if (scannedTo === after) return;
    yield events;
    after = scannedTo;
    await report('log', after, total);
  }
}

/** A row of a read model. */
export interface FoundRow {
  readonly readModel: OperableReadModel;
  readonly key: string;
  readonly row: object;
}

/** All rows of the read models that can be searched, a page at a time. */
export async function* pagesOfRows(
  { name, operations: { readModels } }: SearchedService,
  search: SubjectSearch,
): AsyncGenerator<readonly FoundRow[]> {
  const report = reporter(name, search);
  let done = 0n;
  await report('read-models', done);
  for (const readModel of readModels) {
    for (let after: string | undefined; readModel.scan !== undefined; ) {
      const rows = await readModel.scan(after, PAGE);
      if (rows.length === 0) break;
      yield rows.map(([key, row]) => ({ readModel, key, row }));
      after = rows.at(-1)?.[0];
      done += BigInt(rows.length);
      await report('read-models', done);
    }
  }
}

/** All timers of a service, a page at a time. */
export async function* pagesOfTimers(
  { name, operations: { timers } }: SearchedService,
  search: SubjectSearch,
): AsyncGenerator<readonly Timer[]> {
  const report = reporter(name, search);
  let done = 0n;
  await report('timers', done);
  for (let after: string | undefined; ; ) {
    const page = await timers.list(PAGE, after);
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.id;
    done += BigInt(page.length);
    await report('timers', done);
  }
}

/** The first message of each parked key of the consumers of a service. Of the data only: sealed, as it is stored. */
export async function* parkedMessages(
  { name, operations: { consumers } }: SearchedService,
  search: SubjectSearch,
): AsyncGenerator<{ readonly consumer: OperableConsumer; readonly data: object }> {
  const report = reporter(name, search);
  let done = 0n;
  await report('parked', done);
  for (const consumer of consumers) {
    for (let after: string | undefined; ; ) {
      const page = await consumer.parked.list(MESSAGES_PAGE, after);
      if (page.length === 0) break;
      for (const { key } of page) {
        const message = await consumer.parked.inspect(key);
        if (message !== undefined) yield { consumer, data: message.data };
      }
      after = page.at(-1)?.key;
      done += BigInt(page.length);
      await report('parked', done);
    }
  }
}
