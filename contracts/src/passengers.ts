import type { Routes } from '@tidemark/http';
import { z } from 'zod';
import {
  asOf,
  created,
  deferredCommand,
  historyItem,
  id,
  line,
  pageOf,
  paging,
  personalText,
} from './shapes.ts';

const name = line(120);
const params = z.strictObject({ id });

export const passengerStatus = z.enum(['requested', 'checked-in', 'boarded', 'arrived', 'refused']);

export const passenger = z.strictObject({
  id,
  flightId: id,
  name: personalText,
  status: passengerStatus,
  /** Why the flight refused; only with status `refused`. */
  reason: z.string().optional(),
});

export const newPassenger = z.strictObject({ flightId: id, name });

const settled = {
  204: { description: 'Done, or already so' },
};

export const passengersRoutes = {
  checkIn: {
    method: 'POST',
    path: '/passengers',
    summary: 'Check a passenger in on a flight that has not departed',
    right: 'passengers:write',
    body: newPassenger,
    answers: {
      201: { description: 'Checked in', body: created },
      202: {
        description: 'Recorded; the flight has not answered yet. `Location` tells the outcome',
        body: z.strictObject({ id, status: z.literal('requested') }),
      },
    },
    rejections: ['flight-not-found', 'flight-already-departed', 'flight-full'],
  },
  listPassengers: {
    method: 'GET',
    path: '/passengers',
    summary: 'Passengers of a flight, or all, the newest request first',
    right: 'passengers:read',
    query: z.strictObject({ ...paging, flightId: id.optional() }),
    answers: { 200: { description: 'A page of passengers', body: pageOf(passenger) } },
  },
  getPassenger: {
    method: 'GET',
    path: '/passengers/{id}',
    summary: 'One passenger, as they are or as they were',
    right: 'passengers:read',
    params,
    query: z.strictObject({ ...asOf }),
    answers: { 200: { description: 'The passenger', body: passenger } },
  },
  renamePassenger: {
    method: 'PATCH',
    path: '/passengers/{id}',
    summary: 'Change the name',
    right: 'passengers:write',
    params,
    body: z.strictObject({ name }),
    answers: settled,
    rejections: ['check-in-refused', 'passenger-erased'],
  },
  removePassenger: {
    method: 'DELETE',
    path: '/passengers/{id}',
    summary: 'Remove a passenger before departure, so that a no-show does not hold the flight',
    right: 'passengers:write',
    params,
    answers: settled,
    rejections: ['check-in-not-settled', 'flight-already-departed'],
  },
  boardPassenger: {
    method: 'POST',
    path: '/passengers/{id}/board',
    summary: 'Board; the last one to board makes the flight all-boarded',
    right: 'passengers:write',
    params,
    answers: settled,
    rejections: [
      'check-in-not-settled',
      'check-in-refused',
      'flight-already-departed',
      'flight-not-found',
      'passenger-not-admitted',
    ],
  },
  getPassengerHistory: {
    method: 'GET',
    path: '/passengers/{id}/history',
    summary: 'Every event of a passenger, oldest first; also after it was removed',
    right: 'passengers:read',
    params,
    query: z.strictObject({ ...paging }),
    answers: { 200: { description: 'A page of events', body: pageOf(historyItem) } },
  },
  getPassengersCommand: {
    method: 'GET',
    path: '/passengers/commands/{commandId}',
    summary: 'What has come of a command sent with `Prefer: respond-async`; kept 24 hours',
    right: 'passengers:write',
    params: z.strictObject({ commandId: id }),
    answers: { 200: { description: 'Queued, or settled with its answer', body: deferredCommand } },
  },
} as const satisfies Routes;
