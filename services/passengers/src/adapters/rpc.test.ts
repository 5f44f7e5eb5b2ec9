import { createCommandHandler, createEventStore, createMemoryKeys } from '@tidemark/runtime';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { beforeEach, expect, test } from 'vitest';
import { type Passengers, passengerAggregate } from '../application/aggregates.ts';
import type { CheckInCommand } from '../application/check-in.process.ts';
import type { PassengerCommand } from '../domain/passenger.ts';
import { type FlightsClient, settleCheckIn } from './rpc.ts';

type Verdict = Awaited<ReturnType<FlightsClient['admit']>>;

const cause = { correlationId: 'c', causationId: 'c', actor: 'check_in' };
const context = { commandId: 'settle-1', cause };
const command: CheckInCommand = {
  type: 'SettleCheckIn',
  data: { passengerId: 'p1', flightId: 'f1' },
};

let passengers: Passengers;
let calls: { method: string; commandId: string }[];

beforeEach(async () => {
  const store = createEventStore(createMemoryEventEngine());
  const keys = createMemoryKeys();
  passengers = createCommandHandler({ store, keys, aggregate: passengerAggregate });
  calls = [];
  await tell('RequestCheckIn', { passengerId: 'p1', flightId: 'f1', name: 'Ada' });
});

function tell<Type extends PassengerCommand['type']>(
  type: Type,
  data: Extract<PassengerCommand, { type: Type }>['data'],
) {
  const told = { type, data } as PassengerCommand;
  return passengers.handle('p1', told, { commandId: `test-${type}`, cause });
}

/** A flight that always answers the same. */
function flightSaying(verdict: Verdict): FlightsClient {
  const answer =
    (method: string) =>
    async (_: object, { commandId }: { commandId: string }) => {
      calls.push({ method, commandId });
      return verdict;
    };
  return { admit: answer('admit'), board: answer('board'), release: answer('release') };
}

const settle = (verdict: Verdict) =>
  settleCheckIn(
    { flights: flightSaying(verdict), passengers, answerWithinMs: 1 },
    command,
    context,
  );
const status = async () => (await passengers.load('p1')).state.status;

test('a yes checks in, asked under the command id of the process', async () => {
  await settle({ verdict: 'accepted' });
  expect(await status()).toBe('checked-in');
  expect(calls).toEqual([{ method: 'admit', commandId: 'settle-1' }]);
});

test('a no refuses with the reason of the flight', async () => {
  await settle({ verdict: 'rejected', reason: 'flight-full' });
  expect((await passengers.load('p1')).state).toMatchObject({
    status: 'refused',
    reason: 'flight-full',
  });
});

test('settling again changes nothing and asks the flight under the same id', async () => {
  await settle({ verdict: 'accepted' });
  const { revision } = await passengers.load('p1');
  await settle({ verdict: 'accepted' });
  expect((await passengers.load('p1')).revision).toBe(revision);
  expect(calls.map(({ commandId }) => commandId)).toEqual(['settle-1', 'settle-1']);
});

test('a yes to somebody refused meanwhile is taken back, so that nobody holds the flight who will never board', async () => {
  await settle({ verdict: 'rejected', reason: 'flight-not-found' });
  calls = [];
  await settle({ verdict: 'accepted' });
  expect(await status()).toBe('refused');
  expect(calls.map(({ method }) => method)).toEqual(['admit', 'release']);
  expect(calls[0]?.commandId).not.toBe(calls[1]?.commandId);
});

test('a yes to somebody removed meanwhile is taken back, too', async () => {
  await tell('RemovePassenger', { because: 'flight-deleted' });
  await settle({ verdict: 'accepted' });
  expect(calls.map(({ method }) => method)).toEqual(['admit', 'release']);
});

test('a no that comes after a yes changes nothing and takes nobody off the list', async () => {
  await settle({ verdict: 'accepted' });
  calls = [];
  await settle({ verdict: 'rejected', reason: 'flight-already-departed' });
  expect(await status()).toBe('checked-in');
  expect(calls.map(({ method }) => method)).toEqual(['admit']);
});
