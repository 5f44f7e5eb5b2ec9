import type { Fetch } from '@tidemark/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDisk, eventually, methodOf, openWorld, typesOf, type World } from './world.ts';

let world: World;
let wire: (flights: Fetch, call: Request) => Promise<Response>;

beforeEach(async () => {
  wire = (flights, call) => flights(call);
  world = await openWorld(createDisk(), { wire: (flights) => (call) => wire(flights, call) });
  world.start();
});
afterEach(() => world.stop());

/** The flight hears the call, but its answer is lost. */
function loseAnswerOf(method: string): void {
  wire = async (flights, call) => {
    const asked = await methodOf(call);
    const response = await flights(call);
    if (asked === method) throw new Error('the connection is gone');
    return response;
  };
}

/** The answer of the flight comes only after its message has been heard. */
function delayAnswerOf(method: string, heard: () => Promise<unknown>): void {
  wire = async (flights, call) => {
    const asked = await methodOf(call);
    const response = await flights(call);
    if (asked === method) await heard();
    return response;
  };
}

const problemOf = ({ status, body }: { status: number; body: { type: string } }) => [
  status,
  body.type.replace('/problems/', ''),
];

function untilRecorded(id: string, type: string) {
  const { passengers } = world.stores;
  return eventually(passengers, async () =>
    (await typesOf(passengers, `passenger-${id}`)).includes(type),
  );
}

async function refusedPassenger(): Promise<string> {
  await world.call('POST', '/passengers', { body: { flightId: 'nowhere', name: 'Eve' } });
  const listed = await world.call('GET', '/passengers?flightId=nowhere');
  return listed.body.items[0].id;
}

async function arrivedPassenger(): Promise<string> {
  const flightId = await world.newFlight();
  const id = await world.checkIn(flightId);
  await world.board(id);
  for (const step of ['depart', 'land']) await world.call('POST', `/flights/${flightId}/${step}`);
  await untilRecorded(id, 'PassengerArrived');
  return id;
}

describe('checking in', () => {
  test('answers 201 with id, Location, ETag and a token that makes the list show it', async () => {
    const flightId = await world.newFlight();
    const headers = { 'Idempotency-Key': 'ada' };
    const body = { flightId, name: 'Ada' };
    const answer = await world.call('POST', '/passengers', { body, headers });
    const { id } = answer.body;
    expect(answer.status).toBe(201);
    expect(answer.headers.get('Location')).toBe(`/api/passengers/${id}`);
    const one = await world.call('GET', `/passengers/${id}`);
    expect(one.body).toEqual({ id, flightId, name: 'Ada', status: 'checked-in' });
    expect(one.headers.get('ETag')).toBe(answer.headers.get('ETag'));
    const token = answer.headers.get('Consistency-Token') ?? '';
    const listed = await world.call('GET', '/passengers', {
      headers: { 'Consistency-Token': token },
    });
    expect(listed.body.items).toEqual([one.body]);

    const again = await world.call('POST', '/passengers', { body, headers });
    expect([again.status, again.body]).toEqual([201, { id }]);
    const other = await world.call('POST', '/passengers', {
      body: { flightId, name: 'Grace' },
      headers,
    });
    expect(other.status).toBe(422);
  });

  test('on an unknown flight is refused, also when repeated, and tells why', async () => {
    const parts = {
      body: { flightId: 'nowhere', name: 'Eve' },
      headers: { 'Idempotency-Key': 'eve' },
    };
    for (const answer of [
      await world.call('POST', '/passengers', parts),
      await world.call('POST', '/passengers', parts),
    ]) {
      expect(problemOf(answer)).toEqual([422, 'flight-not-found']);
    }
    const listed = await world.call('GET', '/passengers');
    expect(listed.body.items).toHaveLength(1);
    expect(listed.body.items[0]).toMatchObject({ status: 'refused', reason: 'flight-not-found' });
  });
});

describe('boarding', () => {
  test('twice is 204 twice', async () => {
    const id = await world.checkIn(await world.newFlight());
    expect((await world.board(id)).status).toBe(204);
    expect((await world.board(id)).status).toBe(204);
  });

  test('needs a passenger who is checked in and has not arrived', async () => {
    expect((await world.board('nobody')).status).toBe(404);
    expect(problemOf(await world.board(await refusedPassenger()))).toEqual([
      422,
      'check-in-refused',
    ]);
    expect(problemOf(await world.board(await arrivedPassenger()))).toEqual([
      422,
      'flight-already-departed',
    ]);
  });

  test('is 503 when the answer of the flight is lost; its message makes it certain, and a repeat is 204', async () => {
    const flightId = await world.newFlight();
    const id = await world.checkIn(flightId);
    loseAnswerOf('flights.board');
    const headers = { 'Idempotency-Key': 'board' };
    const board = () => world.call('POST', `/passengers/${id}/board`, { headers });
    expect(problemOf(await board())).toEqual([503, 'neighbour-unavailable']);
    await untilRecorded(id, 'PassengerBoarded');
    expect((await board()).status).toBe(204);
    for (const step of ['depart', 'land']) await world.call('POST', `/flights/${flightId}/${step}`);
    await untilRecorded(id, 'PassengerArrived');
    expect((await board()).status, 'also after arrival').toBe(204);
    expect((await world.board(id)).status, 'but not as a new request').toBe(422);
  });

  test('under a stale If-Match is 412 and the flight is not even asked', async () => {
    const flightId = await world.newFlight();
    const id = await world.checkIn(flightId);
    const headers = { 'If-Match': '"0"' };
    expect((await world.call('POST', `/passengers/${id}/board`, { headers })).status).toBe(412);
    expect((await world.call('GET', `/flights/${flightId}`)).body.passengers.boarded).toBe(0);
  });

  test('under a fitting If-Match is 204, also when the message is heard before the answer', async () => {
    const id = await world.checkIn(await world.newFlight());
    const etag = (await world.call('GET', `/passengers/${id}`)).headers.get('ETag') ?? '';
    delayAnswerOf('flights.board', () => untilRecorded(id, 'PassengerBoarded'));
    const headers = { 'If-Match': etag };
    expect((await world.call('POST', `/passengers/${id}/board`, { headers })).status).toBe(204);
  });
});

describe('removing', () => {
  test('needs a passenger, and ends with arrival', async () => {
    expect((await world.call('DELETE', '/passengers/nobody')).status).toBe(404);
    const arrived = await arrivedPassenger();
    expect(problemOf(await world.call('DELETE', `/passengers/${arrived}`))).toEqual([
      422,
      'flight-already-departed',
    ]);
  });

  test('takes a refused request away without asking the flight', async () => {
    const id = await refusedPassenger();
    wire = async () => {
      throw new Error('nobody asks');
    };
    expect((await world.call('DELETE', `/passengers/${id}`)).status).toBe(204);
    expect((await world.call('GET', `/passengers/${id}`)).status).toBe(404);
  });

  test('whose message is heard before the answer is 204, repeated too; as a new request it is 404', async () => {
    const id = await world.checkIn(await world.newFlight());
    delayAnswerOf('flights.release', () => untilRecorded(id, 'PassengerRemoved'));
    const headers = { 'Idempotency-Key': 'remove' };
    const remove = () => world.call('DELETE', `/passengers/${id}`, { headers });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(204);
    expect((await world.call('DELETE', `/passengers/${id}`)).status).toBe(404);
  });

  test('is 503 when the answer of the flight is lost, and its message makes it certain', async () => {
    const id = await world.checkIn(await world.newFlight());
    loseAnswerOf('flights.release');
    expect((await world.call('DELETE', `/passengers/${id}`)).status).toBe(503);
    await untilRecorded(id, 'PassengerRemoved');
    expect((await world.call('GET', `/passengers/${id}`)).status).toBe(404);
  });
});

describe('renaming', () => {
  test('changes the name, for whoever was not refused', async () => {
    const id = await world.checkIn(await world.newFlight(), 'Ada');
    const rename = (who: string) =>
      world.call('PATCH', `/passengers/${who}`, { body: { name: 'Grace' } });
    expect((await rename(id)).status).toBe(204);
    expect((await rename(id)).status, 'again').toBe(204);
    expect((await world.call('GET', `/passengers/${id}`)).body.name).toBe('Grace');
    expect((await rename('nobody')).status).toBe(404);
    expect(problemOf(await rename(await refusedPassenger()))).toEqual([422, 'check-in-refused']);
  });
});

describe('the history', () => {
  test('lists every event with the name opened, page by page, also after removal', async () => {
    const id = await world.checkIn(await world.newFlight(), 'Ada');
    await world.call('DELETE', `/passengers/${id}`);
    const first = await world.call('GET', `/passengers/${id}/history?limit=2`);
    expect(first.body.items).toMatchObject([
      { type: 'PassengerCheckInRequested', revision: 0, data: { name: 'Ada' } },
      { type: 'PassengerCheckedIn', revision: 1, data: {} },
    ]);
    const rest = await world.call(
      'GET',
      `/passengers/${id}/history?limit=2&cursor=${first.body.next}`,
    );
    expect(rest.body).toMatchObject({ items: [{ type: 'PassengerRemoved', revision: 2 }] });
    expect(rest.body.next).toBeUndefined();
  });

  test('of nobody is 404, and a cursor that is none is 400', async () => {
    expect((await world.call('GET', '/passengers/nobody/history')).status).toBe(404);
    const answer = await world.call('GET', '/passengers/nobody/history?cursor=-1');
    expect(problemOf(answer)).toEqual([400, 'cursor-invalid']);
  });
});
