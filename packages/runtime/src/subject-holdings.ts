import {
  pagesOfLog,
  pagesOfRows,
  pagesOfTimers,
  parkedMessages,
  type SearchedService,
} from './subject-search.ts';
import { sealedFieldsOf } from './subject-values.ts';
import type { SealedField, SubjectHoldings, SubjectSearch } from './subjects.ts';

/** What a service holds of a subject, counted. Throws what its stores throw. */
export async function findHoldings(
  service: SearchedService,
  subject: string,
  search: SubjectSearch,
): Promise<SubjectHoldings> {
  return {
    service: service.name,
    ...(await countEvents(service, subject, search)),
    rows: await countRows(service, subject, search),
    unsearched: service.operations.readModels
      .filter(({ scan }) => scan === undefined)
      .map(({ name }) => name),
    timers: await countTimers(service, subject, search),
    parked: await countParked(service, subject, search),
  };
}

async function countEvents(
  service: SearchedService,
  subject: string,
  search: SubjectSearch,
): Promise<Pick<SubjectHoldings, 'events' | 'fields' | 'streams'>> {
  const streams = new Set<string>();
  const fields = new Map<string, SealedField>();
  let events = 0;
  for await (const page of pagesOfLog(service, search)) {
    for (const { type, stream, data } of page) {
      const found = sealedFieldsOf(data, subject);
      if (found.size === 0) continue;
      events += 1;
      streams.add(stream);
      for (const field of found) {
        const known = fields.get(`${type} ${field}`)?.events ?? 0;
        fields.set(`${type} ${field}`, { type, field, events: known + 1 });
      }
    }
  }
  return {
    events,
    fields: [...fields].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, field]) => field),
    streams: streams.size,
  };
}

async function countRows(
  service: SearchedService,
  subject: string,
  search: SubjectSearch,
): Promise<SubjectHoldings['rows']> {
  const counts = new Map<string, SubjectHoldings['rows'][number]>();
  for await (const page of pagesOfRows(service, search)) {
    for (const { readModel, row } of page) {
      if (sealedFieldsOf(row, subject).size === 0) continue;
      const { name, version } = readModel;
      const rows = (counts.get(name)?.rows ?? 0) + 1;
      counts.set(name, { readModel: name, version, rows });
    }
  }
  return [...counts.values()];
}

async function countTimers(
  service: SearchedService,
  subject: string,
  search: SubjectSearch,
): Promise<number> {
  let timers = 0;
  for await (const page of pagesOfTimers(service, search)) {
    timers += page.filter(({ input }) => sealedFieldsOf(input, subject).size > 0).length;
  }
  return timers;
}

async function countParked(
  service: SearchedService,
  subject: string,
  search: SubjectSearch,
): Promise<number> {
  let parked = 0;
  for await (const { data } of parkedMessages(service, search)) {
    if (sealedFieldsOf(data, subject).size > 0) parked += 1;
  }
  return parked;
}
