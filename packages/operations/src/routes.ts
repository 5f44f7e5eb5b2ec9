import type { Routes } from '@tidemark/http';
import { z } from 'zod';
import { consumerRoutes } from './consumer-routes.ts';
import { readModelRoutes } from './read-model-routes.ts';
import {
  flag,
  name,
  pageOf,
  pageSize,
  position,
  service,
  storedEvent,
  stream,
  text,
} from './shapes.ts';
import { workRoutes } from './work-routes.ts';

const ofService = z.strictObject({ service: name });
const read = { method: 'GET', right: 'operations:read' } as const;

/** Which events are wanted; all of what is given must hold. */
const filters = {
  category: text.optional().describe('What stands before the first dash of the stream'),
  type: text.optional(),
  tag: text.optional(),
};
const after = position.optional().describe('Only what lies behind this position');
const open = flag
  .optional()
  .describe('Opens personal values; who did that, and where, is written to the log');

/** What operators may ask of a running platform. They lie under `/operations`. */
export const operationsRoutes = {
  listServices: {
    ...read,
    path: '/services',
    summary: 'The services, how far their logs have come, and how what runs for them is',
    answers: { 200: { description: 'All of them', body: pageOf(service) } },
  },
  listStreams: {
    ...read,
    path: '/services/{service}/streams',
    summary: 'Streams in the order in which they began',
    params: ofService,
    query: z.strictObject({ category: filters.category, after, limit: pageSize }),
    answers: { 200: { description: 'A page of streams', body: pageOf(stream) } },
  },
  readStream: {
    ...read,
    path: '/services/{service}/streams/{stream}/events',
    summary: 'Events of one stream, oldest first',
    params: z.strictObject({ service: name, stream: text }),
    query: z.strictObject({
      from: z
        .string()
        .regex(/^(0|[1-9][0-9]{0,14})$/, 'a revision is a whole number')
        .transform(Number)
        .default(0)
        .describe('First revision wanted'),
      limit: pageSize,
      open,
    }),
    answers: { 200: { description: 'A page of events', body: pageOf(storedEvent) } },
  },
  listEvents: {
    ...read,
    path: '/services/{service}/events',
    summary: 'Events of the log, oldest first',
    params: ofService,
    query: z.strictObject({ ...filters, after, limit: pageSize, open }),
    answers: { 200: { description: 'A page of events', body: pageOf(storedEvent) } },
  },
  tailEvents: {
    ...read,
    path: '/services/{service}/events/live',
    summary: 'Events as they are stored, as server-sent events; ids are positions',
    params: ofService,
    query: z.strictObject({ ...filters, after, open }),
    answers: { 200: { description: 'A stream of events', body: storedEvent } },
    streams: true,
  },
  ...readModelRoutes,
  ...consumerRoutes,
  ...workRoutes,
} as const satisfies Routes;

export type OperationsRoutes = typeof operationsRoutes;
