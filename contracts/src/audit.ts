import type { Routes } from '@tidemark/http';
import { z } from 'zod';
import { instant, pageOf, pageSize, position } from './shapes.ts';

/** One event of one service. Personal fields of `data` stay sealed: `{"$subject", "$sealed"}`. */
export const auditEntry = z.strictObject({
  /** Place in the audit log; ids of `/events` are these. */
  position,
  service: z.string(),
  stream: z.string(),
  type: z.string(),
  /** Place in its stream. */
  revision: z.number().int().nonnegative(),
  /** Place in the log of its service; what a `Consistency-Token` names. */
  servicePosition: position,
  eventId: z.string(),
  recordedAt: z.iso.datetime(),
  actor: z.string(),
  correlationId: z.string(),
  causationId: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const text = z.string().min(1).max(200);

const filters = {
  service: text.optional(),
  stream: text.optional(),
  type: text.optional(),
  actor: text.optional(),
  correlation: text.optional().describe('Everything that followed from one request'),
};

export const auditRoutes = {
  listAudit: {
    method: 'GET',
    path: '/audit',
    summary:
      'Every event of every service, newest first. A page may hold fewer than `limit` while `next` is there: it looked through as much as one request may',
    right: 'audit:read',
    query: z.strictObject({
      ...filters,
      from: instant.optional().describe('Recorded at this time or later'),
      upTo: instant.optional().describe('Recorded at this time or before'),
      after: position.optional().describe('`next` of the page before: only older entries'),
      limit: pageSize,
    }),
    answers: { 200: { description: 'A page of entries', body: pageOf(auditEntry) } },
  },
  watchEvents: {
    method: 'GET',
    path: '/events',
    summary:
      'Live entries as server-sent events; ids are audit positions. `Last-Event-ID` (or `after`) resumes without a gap; without it only what comes',
    right: 'audit:read',
    query: z.strictObject({ ...filters, after: position.optional() }),
    answers: { 200: { description: 'A stream of entries', body: auditEntry } },
    streams: true,
  },
} as const satisfies Routes;

/** What every service publishes on `<service>.log`: each of its events, sealed. Only audit subscribes. */
export const loggedEvent = z.strictObject({
  service: z.string(),
  stream: z.string(),
  type: z.string(),
  revision: z.number().int().nonnegative(),
  position,
  eventId: z.string(),
  recordedAt: z.string(),
  schema: z.number().int(),
  data: z.record(z.string(), z.unknown()),
});
