import { api } from '../api/client.ts';
import { type Command, useCommand } from '../api/commands.ts';
import { bodyOf } from '../api/problems.ts';
import type { Changed } from '../api/refresh.ts';
import { sent } from '../api/sent.ts';
import type { Flight } from '../api/types.ts';

/** What a new flight is made of. */
export interface NewFlight {
  readonly flightNumber: string;
  readonly origin: string;
  readonly destination: string;
  /** ISO-8601, UTC. */
  readonly departsAt?: string;
}

function changedFlight(id: string, isNew = false): Changed {
  return { kind: 'flights', id, isNew };
}

/** Creates a flight. */
export function useCreateFlight(onDone: () => void): Command<NewFlight> {
  return useCommand({
    send: async (body: NewFlight, header) =>
      bodyOf(sent(api.POST('/flights', { body, params: { header } }))),
    done: (_, { flightNumber }) => `Flight ${flightNumber} is waiting for its passengers.`,
    changed: ({ id }) => changedFlight(id, true),
    onDone,
    failure: 'form',
  });
}

/** Changes number, origin or destination. */
export function useChangeFlight(
  { id }: Flight,
  onDone: () => void,
): Command<Omit<NewFlight, 'departsAt'>> {
  return useCommand({
    send: async (body: Omit<NewFlight, 'departsAt'>, header) =>
      bodyOf(sent(api.PATCH('/flights/{id}', { body, params: { path: { id }, header } }))),
    done: (_, { flightNumber }) => `Flight ${flightNumber} was changed.`,
    changed: () => changedFlight(id),
    onDone,
    failure: 'form',
  });
}

/** Departs a flight that everybody has boarded. */
export function useDepartFlight({ id, flightNumber }: Flight): Command<undefined> {
  return useCommand({
    send: async (_: undefined, header) =>
      bodyOf(sent(api.POST('/flights/{id}/depart', { params: { path: { id }, header } }))),
    done: () => `Flight ${flightNumber} has departed.`,
    changed: () => changedFlight(id),
  });
}

/** Lands a flight that has departed. */
export function useLandFlight({ id, flightNumber }: Flight): Command<undefined> {
  return useCommand({
    send: async (_: undefined, header) =>
      bodyOf(sent(api.POST('/flights/{id}/land', { params: { path: { id }, header } }))),
    done: () => `Flight ${flightNumber} has landed.`,
    changed: () => changedFlight(id),
  });
}

/** Deletes a flight that has arrived. */
export function useDeleteFlight(
  { id, flightNumber }: Flight,
  onDone: () => void,
): Command<undefined> {
  return useCommand({
    send: async (_: undefined, header) =>
      bodyOf(sent(api.DELETE('/flights/{id}', { params: { path: { id }, header } }))),
    done: () => `Flight ${flightNumber} was deleted.`,
    changed: () => ({ ...changedFlight(id), isGone: true }),
    onDone,
    failure: 'form',
  });
}
