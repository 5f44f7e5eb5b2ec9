import type { Routes } from '@tidemark/http';
import type { RpcContract } from '@tidemark/rpc';
import { z } from 'zod';
import {
  asOf,
  created,
  deferredCommand,
  historyItem,
  id,
  instant,
  line,
  pageOf,
  paging,
} from './shapes.ts';

const flightNumber = line(10);
const place = line(80);
const params = z.strictObject({ id });

export const flightStatus = z.enum(['waiting-for-boarding', 'all-boarded', 'departed', 'arrived']);

export const flight = z.strictObject({
  id,
  flightNumber: z.string(),
  origin: z.string(),
  destination: z.string(),
  departsAt: instant.optional(),
  status: flightStatus,
  passengers: z.strictObject({ total: z.number().int(), boarded: z.number().int() }),
});

export const newFlight = z.strictObject({
  flightNumber,
  origin: place,
  destination: place,
  departsAt: instant.optional(),
});

export const flightChanges = z
  .strictObject({
    flightNumber: flightNumber.optional(),
    origin: place.optional(),
    destination: place.optional(),
  })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), {
    message: 'name at least one of flightNumber, origin, destination',
  });

const settled = { 204: { description: 'Done, or already so' } };

export const flightsRoutes = {
  createFlight: {
    method: 'POST',
    path: '/flights',
    summary: 'Create a flight; it waits for boarding',
    right: 'flights:write',
    body: newFlight,
    answers: { 201: { description: 'Created', body: created } },
  },
  listFlights: {
    method: 'GET',
    path: '/flights',
    summary: 'All flights, the newest first',
    right: 'flights:read',
    query: z.strictObject({ ...paging, status: flightStatus.optional() }),
    answers: { 200: { description: 'A page of flights', body: pageOf(flight) } },
  },
  getFlight: {
    method: 'GET',
    path: '/flights/{id}',
    summary: 'One flight, as it is or as it was',
    right: 'flights:read',
    params,
    query: z.strictObject({ ...asOf }),
    answers: { 200: { description: 'The flight', body: flight } },
  },
  changeFlight: {
    method: 'PATCH',
    path: '/flights/{id}',
    summary: 'Change number, origin or destination before departure',
    right: 'flights:write',
    params,
    body: flightChanges,
    answers: settled,
    rejections: ['flight-already-departed'],
  },
  departFlight: {
    method: 'POST',
    path: '/flights/{id}/depart',
    summary: 'Depart; all passengers must have boarded',
    right: 'flights:write',
    params,
    answers: settled,
    rejections: ['not-all-boarded', 'flight-already-arrived'],
  },
  landFlight: {
    method: 'POST',
    path: '/flights/{id}/land',
    summary: 'Land; the flight must have departed. All its passengers arrive',
    right: 'flights:write',
    params,
    answers: settled,
    rejections: ['flight-not-departed'],
  },
  deleteFlight: {
    method: 'DELETE',
    path: '/flights/{id}',
    summary: 'Delete a flight that has landed, and its passengers',
    right: 'flights:write',
    params,
    answers: settled,
    rejections: ['flight-not-arrived'],
  },
  getFlightHistory: {
    method: 'GET',
    path: '/flights/{id}/history',
    summary: 'Every event of a flight, oldest first; also after it was deleted',
    right: 'flights:read',
    params,
    query: z.strictObject({ ...paging }),
    answers: { 200: { description: 'A page of events', body: pageOf(historyItem) } },
  },
  getFlightsCommand: {
    method: 'GET',
    path: '/flights/commands/{commandId}',
    summary: 'What has come of a command sent with `Prefer: respond-async`; kept 24 hours',
    right: 'flights:write',
    params: z.strictObject({ commandId: id }),
    answers: { 200: { description: 'Queued, or settled with its answer', body: deferredCommand } },
  },
} as const satisfies Routes;

const seat = z.strictObject({ flightId: id, passengerId: id });

/** What a flight says to a request about one of its passengers. `[rejected]` is the reason of a no. */
const verdict = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('accepted') }),
  z.strictObject({ verdict: z.literal('rejected'), reason: z.string() }),
]);

export const flightsRpc = {
  service: 'flights',
  methods: {
    admit: {
      summary: 'Take a passenger onto the list; refused: flight-not-found, flight-already-departed',
      params: seat,
      result: verdict,
    },
    board: {
      summary:
        'Note that a passenger is aboard; refused: flight-not-found, flight-already-departed, passenger-not-admitted',
      params: seat,
      result: verdict,
    },
    release: {
      summary: 'Take a passenger off the list; refused: flight-already-departed',
      params: seat,
      result: verdict,
    },
  },
} as const satisfies RpcContract;

/** Public messages of the flights service, by topic. */
export const flightsMessages = {
  'flights.passenger-boarded.v1': seat,
  'flights.passenger-released.v1': seat,
  'flights.flight-landed.v1': z.strictObject({ flightId: id, passengerIds: z.array(id) }),
  'flights.flight-deleted.v1': z.strictObject({ flightId: id, passengerIds: z.array(id) }),
} as const;
