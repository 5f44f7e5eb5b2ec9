import type { Routes } from '@tidemark/http';
import { z } from 'zod';
import { name, subjectRecord, task, text } from './shapes.ts';

const read = { method: 'GET', right: 'operations:read' } as const;
const write = { method: 'POST', right: 'operations:write' } as const;
const byId = z.strictObject({ id: z.string().min(1).max(100) });
const begun = {
  202: { description: 'It has begun; `Location` tells how far it is', body: task },
};
/** A data subject: an id, never a name. It stands in bodies, so that no address holds it. */
const aboutSubject = z.strictObject({ subject: text });

/** What takes long, and how far it is. */
export const workRoutes = {
  verifyLog: {
    ...write,
    path: '/services/{service}/verifications',
    summary: 'Read the whole log of a service and check what can be checked',
    params: z.strictObject({ service: name }),
    answers: begun,
  },
  countHoldings: {
    ...write,
    path: '/holdings',
    summary: 'Count what is held of a data subject, and so would be erased; nothing changes',
    body: aboutSubject,
    answers: begun,
  },
  eraseSubject: {
    ...write,
    path: '/erasures',
    summary:
      'Delete the key of a data subject for good; the result tells what cannot be read any more',
    body: aboutSubject,
    answers: begun,
  },
  exportSubject: {
    ...write,
    path: '/exports',
    summary:
      'Everything that is kept about a data subject, a record an event; the event `end` says that it is whole',
    body: aboutSubject,
    answers: { 200: { description: 'A stream of records', body: subjectRecord } },
    streams: true,
  },
  listTasks: {
    ...read,
    path: '/tasks',
    summary:
      'What operators have begun, newest first; the last 100 that have ended, since the start',
    answers: {
      200: { description: 'All of them', body: z.strictObject({ items: z.array(task) }) },
    },
  },
  getTask: {
    ...read,
    path: '/tasks/{id}',
    summary: 'How far it is',
    params: byId,
    answers: { 200: { description: 'The task', body: task } },
  },
  cancelTask: {
    ...write,
    path: '/tasks/{id}/cancel',
    summary: 'Tell it to stop; what it has done stays done',
    params: byId,
    answers: { 200: { description: 'The task; it may run for a moment still', body: task } },
  },
} as const satisfies Routes;
