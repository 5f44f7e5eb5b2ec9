import type { Keys, Recorded, SubjectKey } from '@tidemark/core';
import { pagesOfLog, pagesOfRows, pagesOfTimers, type SearchedService } from './subject-search.ts';
import { openForSubject, sealedFieldsOf } from './subject-values.ts';
import type { SubjectRecord, SubjectSearch } from './subjects.ts';

/** Whose data, and with which key it is opened: asked for with every page, so that an erasure is heard of. */
interface Subject {
  readonly id: string;
  readonly key: () => Promise<SubjectKey | undefined>;
}

/** Everything that the services keep about a subject, opened. */
export async function* findRecords(
  { services, keys }: { readonly services: readonly SearchedService[]; readonly keys: Keys },
  id: string,
  search: SubjectSearch,
): AsyncGenerator<SubjectRecord> {
  const subject: Subject = { id, key: async () => (await keys.fetch([id])).get(id) };
  for (const service of services) {
    yield* findEvents(service, subject, search);
    yield* findRows(service, subject, search);
    yield* findTimers(service, subject, search);
  }
}

async function* findEvents(
  service: SearchedService,
  { id, key }: Subject,
  search: SubjectSearch,
): AsyncGenerator<SubjectRecord> {
  for await (const page of pagesOfLog(service, search)) {
    const found = page.filter((event) => concerns(event, id));
    if (found.length === 0) continue;
    const opener = await key();
    for (const { stream, type, revision, position, recordedAt, data } of found) {
      yield {
        kind: 'event',
        service: service.name,
        ...{ stream, type, revision, position: String(position), recordedAt },
        data: openForSubject(data, id, opener),
      };
    }
  }
}

/** Whether an event holds a value of the subject, or names them in its stream or a tag. */
function concerns({ stream, tags = [], data }: Recorded, id: string): boolean {
  if (stream.slice(stream.indexOf('-') + 1) === id) return true;
  if (tags.some((tag) => tag === id || tag.endsWith(`:${id}`))) return true;
  return sealedFieldsOf(data, id).size > 0;
}

async function* findRows(
  service: SearchedService,
  { id, key }: Subject,
  search: SubjectSearch,
): AsyncGenerator<SubjectRecord> {
  for await (const page of pagesOfRows(service, search)) {
    const found = page.filter((row) => row.key === id || sealedFieldsOf(row.row, id).size > 0);
    if (found.length === 0) continue;
    const opener = await key();
    for (const { readModel, key: rowKey, row } of found) {
      const { name, version } = readModel;
      const data = openForSubject(row, id, opener);
      yield { kind: 'row', service: service.name, readModel: name, version, key: rowKey, data };
    }
  }
}

async function* findTimers(
  service: SearchedService,
  { id, key }: Subject,
  search: SubjectSearch,
): AsyncGenerator<SubjectRecord> {
  for await (const page of pagesOfTimers(service, search)) {
    const found = page.filter(({ input }) => sealedFieldsOf(input, id).size > 0);
    if (found.length === 0) continue;
    const opener = await key();
    for (const timer of found) {
      const dueAt = new Date(timer.dueAtMs).toISOString();
      const data = openForSubject(timer.input, id, opener);
      const { id: timerId, owner } = timer;
      yield { kind: 'timer', service: service.name, id: timerId, owner, dueAt, data };
    }
  }
}
