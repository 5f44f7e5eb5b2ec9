import { type Clock, Fault, type Keys } from '@tidemark/core';
import { findHoldings } from './subject-holdings.ts';
import { findRecords } from './subject-records.ts';
import type { SearchedService } from './subject-search.ts';
import type { ErasureReport, SubjectOperations, SubjectRecord } from './subjects.ts';

const LONGEST_SUBJECT = 500;

/**
 * What operators do for a data subject, over services that share one store of keys.
 *
 * @example
 * const subjects = createSubjectOperations({ services: [flights, passengers, audit], keys, clock });
 * const report = await subjects.erase(passengerId);
 */
export function createSubjectOperations(parts: {
  readonly services: readonly SearchedService[];
  readonly keys: Keys;
  readonly clock: Pick<Clock, 'now'>;
}): SubjectOperations {
  const { services, keys, clock } = parts;
  const holdings: SubjectOperations['holdings'] = async (subject, search = {}) => {
    assertSubject(subject);
    const found = [];
    for (const service of services) found.push(await findHoldings(service, subject, search));
    return found;
  };

  return {
    holdings,
    erase: async (subject, search = {}): Promise<ErasureReport> => {
      assertSubject(subject);
      const outcome = await keys.erase(subject);
      await keys.scrub?.();
      const at = new Date(clock.now()).toISOString();
      return { subject, outcome, at, services: await holdings(subject, search) };
    },
    export: (subject, search = {}) => {
      assertSubject(subject);
      return findRecords(parts, subject, search);
    },
  };
}

/**
 * An export as one JSON document, in pieces of text: `{"subject", "exportedAt", "records": […]}`, a record a line.
 * One that breaks off is no JSON, so nobody takes it for whole.
 *
 * @example
 * for await (const piece of exportDocument(subject, subjects.export(subject), clock)) file.write(piece);
 */
export async function* exportDocument(
  subject: string,
  records: AsyncIterable<SubjectRecord>,
  clock: Pick<Clock, 'now'>,
): AsyncGenerator<string> {
  const exportedAt = new Date(clock.now()).toISOString();
  yield `{"subject":${JSON.stringify(subject)},"exportedAt":"${exportedAt}","records":[`;
  let separator = '\n';
  for await (const record of records) {
    yield separator + JSON.stringify(record);
    separator = ',\n';
  }
  yield '\n]}\n';
}

function assertSubject(subject: string): void {
  if (subject.length > 0 && subject.length <= LONGEST_SUBJECT) return;
  throw new Fault('EVENT_INVALID', `a data subject is an id of 1 to ${LONGEST_SUBJECT} characters`);
}
