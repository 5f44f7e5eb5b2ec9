import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDisk, eventually, openWorld, typesOf, type World } from './world.ts';

let world: World;

beforeEach(async () => {
  world = await openWorld(createDisk());
  world.start();
});
afterEach(() => world.stop());

test('a flight takes its passengers from check-in to arrival and goes with them', async () => {
  const flightId = await world.newFlight();
  const ann = await world.checkIn(flightId, 'Ann');
  const bob = await world.checkIn(flightId, 'Bob');
  expect((await world.call('GET', `/flights/${flightId}`)).body).toMatchObject({
    status: 'waiting-for-boarding',
    passengers: { total: 2, boarded: 0 },
  });

  expect((await world.call('POST', `/flights/${flightId}/depart`)).body.type).toBe(
    '/problems/not-all-boarded',
  );
  expect((await world.board(ann)).status).toBe(204);
  expect((await world.board(bob)).status).toBe(204);
  expect(await world.statusOf(`/flights/${flightId}`)).toBe('all-boarded');

  expect((await world.call('POST', `/flights/${flightId}/depart`)).status).toBe(204);
  expect((await world.call('POST', `/flights/${flightId}/land`)).status).toBe(204);
  for (const id of [ann, bob]) await untilStatus(id, 'arrived');
  const listed = await world.call('GET', `/passengers?flightId=${flightId}`);
  expect(listed.body.items).toEqual([
    { id: bob, flightId, name: 'Bob', status: 'arrived' },
    { id: ann, flightId, name: 'Ann', status: 'arrived' },
  ]);

  expect((await world.call('DELETE', `/flights/${flightId}`)).status).toBe(204);
  for (const id of [ann, bob]) await untilGone(id);
  expect((await world.call('GET', `/flights/${flightId}`)).status).toBe(404);
  expect((await world.call('GET', '/flights')).body.items).toEqual([]);
  expect((await world.call('GET', '/passengers')).body.items).toEqual([]);
  expect(await typesOf(world.stores.passengers, `passenger-${ann}`)).toEqual([
    'PassengerCheckInRequested',
    'PassengerCheckedIn',
    'PassengerBoarded',
    'PassengerArrived',
    'PassengerRemoved',
  ]);
});

test('two last passengers who board at the same moment make the flight all-boarded, 20 times', async () => {
  for (let round = 0; round < 20; round += 1) {
    const flightId = await world.newFlight();
    const ids = await Promise.all([world.checkIn(flightId), world.checkIn(flightId)]);
    const answers = await Promise.all(ids.map(world.board));
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expect(await world.statusOf(`/flights/${flightId}`), `round ${round}`).toBe('all-boarded');
  }
});

test('a passenger who is removed does not hold the flight, and can be removed only before departure', async () => {
  const flightId = await world.newFlight();
  const ann = await world.checkIn(flightId);
  const noShow = await world.checkIn(flightId);
  await world.board(ann);
  expect((await world.call('DELETE', `/passengers/${noShow}`)).status).toBe(204);
  expect((await world.call('GET', `/passengers/${noShow}`)).status).toBe(404);
  expect(await world.statusOf(`/flights/${flightId}`)).toBe('all-boarded');

  await world.call('POST', `/flights/${flightId}/depart`);
  const tooLate = await world.call('DELETE', `/passengers/${ann}`);
  expect([tooLate.status, tooLate.body.type]).toEqual([422, '/problems/flight-already-departed']);
});

test('nobody checks in on a flight that has departed; the refused request goes with the flight', async () => {
  const flightId = await world.newFlight();
  await world.board(await world.checkIn(flightId));
  await world.call('POST', `/flights/${flightId}/depart`);
  const headers = { 'Idempotency-Key': 'too-late' };
  const body = { flightId, name: 'Eve' };
  const late = await world.call('POST', '/passengers', { body, headers });
  expect([late.status, late.body.type]).toEqual([422, '/problems/flight-already-departed']);
  const listed = await world.call('GET', `/passengers?flightId=${flightId}`);
  const refused = listed.body.items[0];
  expect(refused).toMatchObject({ status: 'refused', reason: 'flight-already-departed' });

  await world.call('POST', `/flights/${flightId}/land`);
  await world.call('DELETE', `/flights/${flightId}`);
  await untilGone(refused.id);
  const again = await world.call('POST', '/passengers', { body, headers });
  expect([again.status, again.body.type], 'as the first time').toEqual([
    422,
    '/problems/flight-already-departed',
  ]);
});

test('a hundred passengers arrive and go with their flight, each once', async () => {
  const flightId = await world.newFlight();
  const ids = await Promise.all(Array.from({ length: 100 }, () => world.checkIn(flightId)));
  await Promise.all(ids.map(world.board));
  await world.call('POST', `/flights/${flightId}/depart`);
  await world.call('POST', `/flights/${flightId}/land`);
  await world.call('DELETE', `/flights/${flightId}`);
  for (const id of ids) await untilGone(id);
  const { events } = await world.stores.passengers.readLog({ after: 0n, limit: 10_000 });
  for (const type of ['PassengerArrived', 'PassengerRemoved']) {
    const streams = events.filter((event) => event.type === type).map(({ stream }) => stream);
    expect(streams.sort()).toEqual(ids.map((id) => `passenger-${id}`).sort());
  }
});

function untilStatus(id: string, status: string) {
  return eventually(
    world.stores.passengers,
    async () => (await world.statusOf(`/passengers/${id}`)) === status,
  );
}

function untilGone(id: string) {
  return eventually(
    world.stores.passengers,
    async () => (await world.call('GET', `/passengers/${id}`)).status === 404,
  );
}
