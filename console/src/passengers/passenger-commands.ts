import { api } from '../api/client.ts';
import { type Command, useCommand } from '../api/commands.ts';
import { bodyOf } from '../api/problems.ts';
import type { Changed } from '../api/refresh.ts';
import { sent } from '../api/sent.ts';
import type { Passenger } from '../api/types.ts';
import { nameOf } from './passenger-name.ts';

function changedPassenger(id: string): Changed {
  return { kind: 'passengers', id, isNew: false };
}

/** Checks a passenger in on a flight. */
export function useCheckIn(flightId: string, onDone: () => void): Command<{ name: string }> {
  return useCommand({
    send: async ({ name }: { name: string }, header) =>
      bodyOf(sent(api.POST('/passengers', { body: { flightId, name }, params: { header } }))),
    done: (result, { name }) =>
      'status' in result
        ? `${name} is recorded; the flight has not answered yet.`
        : `${name} is checked in.`,
    changed: ({ id }) => ({ kind: 'passengers', id, isNew: true, flightId }),
    onDone,
    failure: 'form',
  });
}

/** Notes that a passenger is aboard. */
export function useBoardPassenger(passenger: Passenger): Command<undefined> {
  const { id } = passenger;
  return useCommand({
    send: async (_: undefined, header) =>
      bodyOf(sent(api.POST('/passengers/{id}/board', { params: { path: { id }, header } }))),
    done: () => `${nameOf(passenger)} is aboard.`,
    changed: () => changedPassenger(id),
  });
}

/** Changes the name. */
export function useRenamePassenger(
  { id }: Passenger,
  onDone: () => void,
): Command<{ name: string }> {
  return useCommand({
    send: async (body: { name: string }, header) =>
      bodyOf(sent(api.PATCH('/passengers/{id}', { body, params: { path: { id }, header } }))),
    done: (_, { name }) => `The name is now ${name}.`,
    changed: () => changedPassenger(id),
    onDone,
    failure: 'form',
  });
}

/** Takes a passenger off the flight. */
export function useRemovePassenger(passenger: Passenger, onDone: () => void): Command<undefined> {
  const { id } = passenger;
  return useCommand({
    send: async (_: undefined, header) =>
      bodyOf(sent(api.DELETE('/passengers/{id}', { params: { path: { id }, header } }))),
    done: () => `${nameOf(passenger)} was removed.`,
    changed: () => ({ ...changedPassenger(id), isGone: true }),
    onDone,
    failure: 'form',
  });
}
