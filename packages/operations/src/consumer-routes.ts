import type { Routes } from '@tidemark/http';
import { z } from 'zod';
import {
  consumer,
  inspectedMessage,
  name,
  pageOf,
  pageSize,
  parkedMessage,
  position,
  task,
  text,
  timer,
} from './shapes.ts';

const read = { method: 'GET', right: 'operations:read' } as const;
const write = { method: 'POST', right: 'operations:write' } as const;
const ofService = z.strictObject({ service: name });
const ofConsumer = z.strictObject({ service: name, consumer: name });

const settled = {
  200: {
    description: 'Where it is parked now: absent when the key goes on as every other',
    body: z.strictObject({ parked: parkedMessage.optional() }),
  },
  202: { description: 'It takes longer; `Location` tells how far it is', body: task },
};

/** Inboxes and processes, and the timers that wait for processes. */
export const consumerRoutes = {
  listConsumers: {
    ...read,
    path: '/services/{service}/consumers',
    summary: 'Inboxes and processes, how far they have come, and what was set aside',
    params: ofService,
    answers: { 200: { description: 'All of them', body: pageOf(consumer) } },
  },
  listParkedMessages: {
    ...read,
    path: '/services/{service}/consumers/{consumer}/parked',
    summary: 'Messages that were set aside, by key',
    params: ofConsumer,
    query: z.strictObject({
      after: text.optional().describe('Only keys behind this one'),
      limit: pageSize,
    }),
    answers: { 200: { description: 'A page of messages', body: pageOf(parkedMessage) } },
  },
  inspectParkedMessage: {
    ...read,
    path: '/services/{service}/consumers/{consumer}/parked/message',
    summary: 'All of a message that was set aside; personal values stay sealed',
    params: ofConsumer,
    query: z.strictObject({ key: text }),
    answers: { 200: { description: 'The message', body: inspectedMessage } },
  },
  retryParkedMessage: {
    ...write,
    path: '/services/{service}/consumers/{consumer}/parked/retry',
    summary: 'Hand a message over again, and all that wait behind it',
    params: ofConsumer,
    body: z.strictObject({ key: text }),
    answers: settled,
  },
  skipParkedMessage: {
    ...write,
    path: '/services/{service}/consumers/{consumer}/parked/skip',
    summary: 'Leave a message out for good, and hand over all that wait behind it',
    params: ofConsumer,
    body: z.strictObject({ key: text, id: text }),
    answers: settled,
  },
  replayMessages: {
    ...write,
    path: '/services/{service}/consumers/{consumer}/replays',
    summary:
      'Feed old messages of a service to one consumer again; the list of consumers tells how far it is',
    params: ofConsumer,
    body: z
      .strictObject({
        /** Whose messages. */
        from: name,
        position: position.optional(),
        time: z.iso.datetime({ offset: true }).optional(),
      })
      .refine(({ position, time }) => (position === undefined) !== (time === undefined), {
        message: 'name either a position or a time',
      }),
    answers: { 202: { description: 'It has begun', body: consumer.shape.replays.element } },
  },
  listTimers: {
    ...read,
    path: '/services/{service}/timers',
    summary: 'Reminders that wait: of one process earliest first, of all in the order of their ids',
    params: ofService,
    query: z.strictObject({
      owner: text.optional().describe('Name of a process; its list is not paged'),
      after: text.optional().describe('Only ids behind this one'),
      limit: pageSize,
    }),
    answers: { 200: { description: 'A page of timers', body: pageOf(timer) } },
  },
} as const satisfies Routes;
