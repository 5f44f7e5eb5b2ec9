import type { JsonObject, Logger } from '@tidemark/core';
import { createSystemClock } from '@tidemark/runtime';
import { z } from 'zod';
import {
  createHttpService,
  type Handlers,
  type HttpServiceParts,
  type Routes,
} from '../src/index.ts';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/);
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u);
const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(1_000).optional(),
};
const params = z.strictObject({ id });
const done = { 204: { description: 'Done' } };
const page = { 200: { description: 'A page', body: z.strictObject({ items: z.array(id) }) } };

const newFlight = z.strictObject({
  flightNumber: line(10),
  origin: line(80),
  destination: line(80),
  departsAt: z.iso.datetime({ offset: true }).optional(),
});

function write(method: 'POST' | 'PATCH' | 'DELETE', path: `/${string}`) {
  return { method, path, summary: 'Write', right: 'flights:write', answers: done } as const;
}
function read(path: `/${string}`) {
  return { method: 'GET', path, summary: 'Read', right: 'flights:read', answers: page } as const;
}

/** Routes shaped like those of a real service, so that the table of malformed requests fits. */
export const smallRoutes = {
  createFlight: { ...write('POST', '/flights'), body: newFlight },
  listFlights: {
    ...read('/flights'),
    query: z.strictObject({ ...paging, status: z.enum(['departed', 'arrived']).optional() }),
  },
  getFlight: { ...read('/flights/{id}'), params },
  changeFlight: {
    ...write('PATCH', '/flights/{id}'),
    params,
    body: newFlight
      .partial()
      .refine((changes) => Object.keys(changes).length > 0, { message: 'name at least one' }),
    rejections: ['flight-already-departed'],
  },
  departFlight: { ...write('POST', '/flights/{id}/depart'), params },
  landFlight: { ...write('POST', '/flights/{id}/land'), params },
  deleteFlight: { ...write('DELETE', '/flights/{id}'), params },
  getFlightHistory: { ...read('/flights/{id}/history'), params, query: z.strictObject(paging) },
  checkIn: {
    ...write('POST', '/passengers'),
    body: z.strictObject({ flightId: id, name: line(120) }),
  },
  listPassengers: {
    ...read('/passengers'),
    query: z.strictObject({ ...paging, flightId: id.optional() }),
  },
  getPassenger: { ...read('/passengers/{id}'), params },
  renamePassenger: {
    ...write('PATCH', '/passengers/{id}'),
    params,
    body: z.strictObject({ name: line(120) }),
  },
  removePassenger: { ...write('DELETE', '/passengers/{id}'), params },
  boardPassenger: { ...write('POST', '/passengers/{id}/board'), params },
  getPassengerHistory: {
    ...read('/passengers/{id}/history'),
    params,
    query: z.strictObject(paging),
  },
  watchFlights: { ...read('/flights-live'), streams: true },
} as const satisfies Routes;

type SmallHandlers = Handlers<typeof smallRoutes>;

/** A line that was logged. */
export interface Logged {
  readonly level: string;
  readonly message: string;
  readonly fields: JsonObject;
}

/** Answers 204 to everything; give the handlers that matter to a test. */
export function smallService(
  handlers: Partial<SmallHandlers> = {},
  parts: Partial<HttpServiceParts<typeof smallRoutes>> = {},
) {
  const calls: string[] = [];
  const logged: Logged[] = [];
  const fallback = (operation: string) => async () => {
    calls.push(operation);
    return { status: 204 };
  };
  const all = Object.keys(smallRoutes).map((operation) => [operation, fallback(operation)]);
  const fetch = createHttpService({
    service: 'flights',
    routes: smallRoutes,
    handlers: { ...(Object.fromEntries(all) as SmallHandlers), ...handlers },
    log: collectingLogger(logged),
    clock: createSystemClock(),
    ...parts,
  });
  return {
    fetch,
    calls,
    logged,
    send: (method: string, path: string, init: RequestInit = {}) =>
      fetch(new Request(`http://test.internal${path}`, { method, ...init })),
  };
}

function collectingLogger(logged: Logged[]): Logger {
  const line =
    (level: string) =>
    (message: string, fields: JsonObject = {}) => {
      logged.push({ level, message, fields });
    };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: () => collectingLogger(logged),
  };
}
