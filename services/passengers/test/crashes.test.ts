import { type EventStore, Fault } from '@tidemark/core';
import { expect, test } from 'vitest';
import { createDisk, eventually, gate, openWorld, typesOf, type World } from './world.ts';

const asked = { 'Idempotency-Key': 'check-in-of-ada' };

async function request(world: World, flightId: string) {
  return world.call('POST', '/passengers', {
    body: { flightId, name: 'Ada' },
    headers: asked,
  });
}

function untilStatus(world: World, id: string, status: string) {
  return eventually(
    world.stores.passengers,
    async () => (await world.statusOf(`/passengers/${id}`)) === status,
  );
}

test('a check-in is 202 while the flight does not answer, and settled once it does', async () => {
  const { opened, open } = gate();
  const world = await openWorld(createDisk(), {
    settleWithinMs: 0,
    wire: (flights) => async (call) => {
      await opened;
      return flights(call);
    },
  });
  world.start();
  const flightId = await world.newFlight();
  const waiting = await request(world, flightId);
  expect(waiting.status).toBe(202);
  const { id } = waiting.body;
  expect(waiting.body).toEqual({ id, status: 'requested' });
  expect(waiting.headers.get('Location')).toBe(`/api/passengers/${id}`);
  for (const [method, path] of [
    ['POST', `/passengers/${id}/board`],
    ['DELETE', `/passengers/${id}`],
  ] as const) {
    const tooEarly = await world.call(method, path);
    expect([tooEarly.status, tooEarly.body.type]).toEqual([422, '/problems/check-in-not-settled']);
  }

  open();
  await untilStatus(world, id, 'checked-in');
  const again = await request(world, flightId);
  expect([again.status, again.body]).toEqual([201, { id }]);
  await world.stop();
});

test('a crash between the request and the question to the flight is carried on after the restart', async () => {
  const disk = createDisk();
  const before = await openWorld(disk, { settleWithinMs: 0 });
  const flightId = await before.newFlight();
  const waiting = await request(before, flightId);
  expect(waiting.status).toBe(202);

  const after = await openWorld(disk);
  after.start();
  await untilStatus(after, waiting.body.id, 'checked-in');
  expect((await request(after, flightId)).status).toBe(201);
  await after.stop();
});

test("a crash between the flight's yes and its record here is carried on, and the flight counts the passenger once", async () => {
  const disk = createDisk();
  const { opened: crashed, open: crash } = gate();
  const before = await openWorld(disk, {
    settleWithinMs: 0,
    wire: (flights) => async (call) => {
      await flights(call);
      await crashed;
      throw new Error('the connection is gone');
    },
  });
  before.start();
  const flightId = await before.newFlight();
  const { id } = (await request(before, flightId)).body;
  await eventually(before.stores.flights, async () =>
    (await typesOf(before.stores.flights, `flight-${flightId}`)).includes('PassengerAdmitted'),
  );
  const stopped = before.stop();
  crash();
  await stopped;
  expect(await before.statusOf(`/passengers/${id}`)).toBe('requested');

  const after = await openWorld(disk);
  after.start();
  await untilStatus(after, id, 'checked-in');
  expect((await after.call('GET', `/flights/${flightId}`)).body.passengers.total).toBe(1);
  await after.stop();
});

test.each([
  ['landing', 'PassengerArrived'],
  ['deletion', 'PassengerRemoved'],
])('a crash in the middle of a %s is carried on for the other passengers', async (_, type) => {
  const disk = createDisk();
  let kept: string | undefined;
  const dying = (store: EventStore): EventStore => ({
    ...store,
    append: async (wanted) => {
      const stream = wanted.events.find((event) => event.type === type)?.stream;
      if (stream === undefined) return store.append(wanted);
      kept ??= stream;
      if (stream === kept) return store.append(wanted);
      throw new Fault('STORE_UNAVAILABLE', 'out of order');
    },
  });
  const before = await openWorld(disk, { storeOf: dying });
  before.start();
  const flightId = await before.newFlight();
  const ids = await Promise.all([1, 2, 3].map(() => before.checkIn(flightId)));
  await Promise.all(ids.map(before.board));
  for (const step of ['depart', 'land']) await before.call('POST', `/flights/${flightId}/${step}`);
  if (type === 'PassengerRemoved') await before.call('DELETE', `/flights/${flightId}`);
  await eventually(before.stores.passengers, async () => (await count(before)) === 1);
  await before.stop();
  expect(await count(before)).toBe(1);

  const after = await openWorld(disk);
  after.start();
  await eventually(after.stores.passengers, async () => (await count(after)) === 3);
  await after.stop();
  expect(await count(after), 'each once').toBe(3);

  async function count(world: World): Promise<number> {
    const { events } = await world.stores.passengers.readLog({ after: 0n, limit: 1_000 });
    return events.filter((event) => event.type === type).length;
  }
});

test('a passenger can be removed when the flight is gone and nothing was heard of it yet', async () => {
  const disk = createDisk();
  const before = await openWorld(disk);
  before.start();
  const flightId = await before.newFlight();
  const id = await before.checkIn(flightId);
  await before.stop();

  const deaf = await openWorld(disk);
  await deaf.board(id);
  for (const step of ['depart', 'land']) await deaf.call('POST', `/flights/${flightId}/${step}`);
  expect((await deaf.call('DELETE', `/flights/${flightId}`)).status).toBe(204);
  expect(await deaf.statusOf(`/passengers/${id}`)).toBe('boarded');
  expect((await deaf.call('DELETE', `/passengers/${id}`)).status).toBe(204);
});
