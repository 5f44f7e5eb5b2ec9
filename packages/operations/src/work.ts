import type { Clock } from '@tidemark/core';
import { type Answer, eventStream, notFound, type ServerSentEvent } from '@tidemark/http';
import type { SubjectProgress } from '@tidemark/runtime';
import { serviceOf } from './answers.ts';
import type { OperationsParts } from './parts.ts';
import type { Task, TaskContext, Tasks } from './tasks.ts';
import { verifyLog } from './verify.ts';

/** What takes longer is answered 202. */
const SOON_MS = 2_000;

export interface WorkParts extends OperationsParts {
  readonly tasks: Tasks;
}

/** Answers with the result of some work, or with the task when it takes longer than a person waits. Rejects as the work does. */
export async function answerSoon(
  { tasks, clock }: { readonly tasks: Tasks; readonly clock: Clock },
  what: Pick<Task, 'kind' | 'subject'>,
  work: (context: TaskContext) => Promise<object>,
): Promise<Answer> {
  const { id, result } = tasks.start(what, work);
  const enough = new AbortController();
  const late = clock.sleep(SOON_MS, enough.signal).then(() => undefined);
  try {
    const body = await Promise.race([result, late]);
    return body === undefined ? begun(tasks, id) : { status: 200, body };
  } finally {
    enough.abort();
  }
}

/** Checks a log, in a task. */
export function beginVerification(parts: WorkParts, at: { readonly service: string }): Answer {
  const service = serviceOf(parts, at.service);
  const { id } = parts.tasks.start({ kind: 'verify', subject: at.service }, (context) =>
    verifyLog(service, context),
  );
  return begun(parts.tasks, id);
}

/** Erases a data subject, in a task whose result is the report. */
export function beginErasure({ subjects, tasks }: WorkParts, subject: string): Answer {
  const { id } = tasks.start({ kind: 'erase', subject }, ({ signal, onProgress }) =>
    subjects.erase(subject, { signal, onProgress: (progress) => onProgress(asProgress(progress)) }),
  );
  return begun(tasks, id);
}

/** Counts what is held of a data subject, in a task whose result is the `services` of a report. */
export function beginCount({ subjects, tasks }: WorkParts, subject: string): Answer {
  const { id } = tasks.start({ kind: 'count', subject }, async ({ signal, onProgress }) => {
    const watch = (progress: SubjectProgress) => onProgress(asProgress(progress));
    return { services: await subjects.holdings(subject, { signal, onProgress: watch }) };
  });
  return begun(tasks, id);
}

function asProgress({ service, place, done, total }: SubjectProgress) {
  const step = `${service}: ${place}`;
  return { step, done: Number(done), ...(total === undefined ? {} : { total: Number(total) }) };
}

/** A record an event. Only one that ends with `end` is whole. */
export function exportSubject(
  { subjects, log }: OperationsParts,
  subject: string,
  signal: AbortSignal,
): Answer {
  log.warn('an operator exports what is kept about a data subject', { subject });
  const records = subjects.export(subject, { signal });
  return eventStream(
    (async function* (): AsyncGenerator<ServerSentEvent> {
      let count = 0;
      for await (const data of records) {
        count += 1;
        yield { event: 'record', data };
      }
      yield { event: 'end', data: { records: count } };
    })(),
  );
}

export function getTask({ tasks }: WorkParts, id: string): Answer {
  const body = tasks.get(id);
  return body === undefined ? notFound('task') : { status: 200, body };
}

export function cancelTask({ tasks }: WorkParts, id: string): Answer {
  const body = tasks.cancel(id);
  return body === undefined ? notFound('task') : { status: 200, body };
}

function begun(tasks: Tasks, id: string): Answer {
  return {
    status: 202,
    body: tasks.get(id),
    headers: { location: `/operations/tasks/${id}`, 'retry-after': '1' },
  };
}
