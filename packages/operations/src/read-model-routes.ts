import type { Routes } from '@tidemark/http';
import { z } from 'zod';
import {
  name,
  pageOf,
  pageSize,
  parkedRow,
  readModel,
  rebuildStatus,
  task,
  text,
} from './shapes.ts';

const read = { method: 'GET', right: 'operations:read' } as const;
const write = { method: 'POST', right: 'operations:write' } as const;
const ofService = z.strictObject({ service: name });
const ofReadModel = z.strictObject({ service: name, readModel: name });

const settled = {
  200: {
    description: 'Where it is parked now: absent when the row is where all others are',
    body: z.strictObject({ parked: parkedRow.optional() }),
  },
  202: { description: 'It takes longer; `Location` tells how far it is', body: task },
};

/** Read models, the rows that they set aside, and making them anew. */
export const readModelRoutes = {
  listReadModels: {
    ...read,
    path: '/services/{service}/read-models',
    summary: 'Read models, how far they have come, and what was set aside',
    params: ofService,
    answers: { 200: { description: 'All of them', body: pageOf(readModel) } },
  },
  listParkedRows: {
    ...read,
    path: '/services/{service}/read-models/{readModel}/parked',
    summary: 'Rows that were set aside, by key',
    params: ofReadModel,
    query: z.strictObject({
      after: text.optional().describe('Only keys behind this one'),
      limit: pageSize,
    }),
    answers: { 200: { description: 'A page of rows', body: pageOf(parkedRow) } },
  },
  retryParkedRow: {
    ...write,
    path: '/services/{service}/read-models/{readModel}/parked/retry',
    summary: 'Fold a row again, from the event that failed on',
    params: ofReadModel,
    body: z.strictObject({ key: text }),
    answers: settled,
  },
  skipParkedRow: {
    ...write,
    path: '/services/{service}/read-models/{readModel}/parked/skip',
    summary: 'Fold a row again without the event that failed, until the read model is rebuilt',
    params: ofReadModel,
    body: z.strictObject({ key: text, eventId: text }),
    answers: settled,
  },
  getRebuild: {
    ...read,
    path: '/services/{service}/read-models/{readModel}/rebuild',
    summary: 'How far a rebuild is, and what is stored',
    params: ofReadModel,
    answers: { 200: { description: 'As it is now', body: rebuildStatus } },
  },
  changeRebuild: {
    ...write,
    path: '/services/{service}/read-models/{readModel}/rebuild/{step}',
    summary: 'Start a rebuild, compare, switch to it, go back, give it up, or drop what was kept',
    params: ofReadModel.extend({
      step: z.enum(['start', 'compare', 'switch', 'rollback', 'cancel', 'drop']),
    }),
    answers: {
      200: {
        description: 'How it is afterwards; 409 says why nothing was done',
        body: rebuildStatus,
      },
    },
  },
  dropBuild: {
    method: 'DELETE',
    right: 'operations:write',
    path: '/services/{service}/read-models/{readModel}/builds/{version}/{build}',
    summary: 'Remove one build for good, also of another version',
    params: ofReadModel.extend({
      version: z
        .string()
        .regex(/^[1-9][0-9]{0,8}$/)
        .transform(Number),
      build: z
        .string()
        .regex(/^[1-9][0-9]{0,8}$/)
        .transform(Number),
    }),
    answers: {
      200: {
        description: 'How it is afterwards; 409 says why nothing was done',
        body: rebuildStatus,
      },
    },
  },
} as const satisfies Routes;
