import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, createApi } from './api.ts';
import { type ChildPlatform, startChild, temporaryDataDir } from './child-platform.ts';

describe('the platform, over HTTP', () => {
  let data: Awaited<ReturnType<typeof temporaryDataDir>>;
  let platform: ChildPlatform;
  let api: Api;

  beforeAll(async () => {
    data = await temporaryDataDir();
    platform = await startChild(data.path);
    api = createApi(platform.url);
  });

  afterAll(async () => {
    await platform?.stop();
    await data?.remove();
  });

  test('carries a flight from creation to deletion, and keeps every step in the audit log', async () => {
    const flightId = await api.newFlight('SK 42');
    expect((await api.flight(flightId)).body).toEqual({
      id: flightId,
      flightNumber: 'SK 42',
      origin: 'Oslo',
      destination: 'Rome',
      status: 'waiting-for-boarding',
      passengers: { total: 0, boarded: 0 },
    });
    expect((await api.call('POST', `/flights/${flightId}/depart`)).status).toBe(422);

    const passengers = await Promise.all([api.checkIn(flightId), api.checkIn(flightId)]);
    for (const id of passengers) expect((await api.board(id)).status).toBe(204);
    expect((await api.flight(flightId)).body).toMatchObject({
      status: 'all-boarded',
      passengers: { total: 2, boarded: 2 },
    });

    expect((await api.call('DELETE', `/flights/${flightId}`)).status).toBe(422);
    expect((await api.call('POST', `/flights/${flightId}/depart`)).status).toBe(204);
    const landed = await api.call('POST', `/flights/${flightId}/land`);
    expect(landed.status).toBe(204);
    await api.untilEvent({
      stream: `passenger-${passengers[0]}`,
      type: 'PassengerArrived',
    });
    await api.untilEvent({
      stream: `passenger-${passengers[1]}`,
      type: 'PassengerArrived',
    });
    expect((await api.passenger(passengers[0])).body.status).toBe('arrived');

    const deleted = await api.call('DELETE', `/flights/${flightId}`);
    expect(deleted.status).toBe(204);
    await api.untilEvent({
      stream: `passenger-${passengers[0]}`,
      type: 'PassengerRemoved',
    });
    expect((await api.flight(flightId)).status).toBe(404);
    expect((await api.passenger(passengers[0])).status).toBe(404);

    const history = await api.call<{ items: { type: string }[] }>(
      'GET',
      `/flights/${flightId}/history`,
    );
    expect(history.body.items.map(({ type }) => type)).toEqual([
      'FlightScheduled',
      'PassengerAdmitted',
      'PassengerAdmitted',
      'PassengerBoarded',
      'PassengerBoarded',
      'AllPassengersBoarded',
      'FlightDeparted',
      'FlightLanded',
      'FlightDeleted',
    ]);
    const audit = await api.call<{ items: { position: string }[] }>(
      'GET',
      `/audit?stream=flight-${flightId}&limit=100`,
      { headers: { 'Consistency-Token': deleted.headers.get('Consistency-Token') ?? '' } },
    );
    expect(audit.body.items).toHaveLength(9);
    const positions = audit.body.items.map(({ position }) => Number(position));
    expect(positions).toEqual([...positions].sort((a, b) => b - a));
  });

  test('makes the flight all-boarded when its two last passengers board at the same moment, twenty times', async () => {
    for (let round = 0; round < 20; round += 1) {
      const flightId = await api.newFlight();
      const passengers = await Promise.all([api.checkIn(flightId), api.checkIn(flightId)]);
      const boarded = await Promise.all(passengers.map((id) => api.board(id)));
      expect(boarded.map(({ status }) => status)).toEqual([204, 204]);
      expect((await api.flight(flightId)).body.status, `round ${round}`).toBe('all-boarded');
    }
  });

  test('refuses a second platform on the same data folder and says what to do', async () => {
    await expect(startChild(data.path)).rejects.toThrow(/another platform runs|ended with 1/);
  });

  test('a list shows at once what a client has just written, without a token', async () => {
    for (let round = 0; round < 10; round += 1) {
      const flightId = await api.newFlight(`RYW ${round}`);
      const found = await listAll('/flights?limit=200');
      expect(found).toContain(flightId);
    }
  });

  async function listAll(path: string): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.call<{ items: { id: string }[]; next?: string }>(
        'GET',
        cursor === undefined ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
      );
      ids.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.next;
    } while (cursor !== undefined);
    return ids;
  }

  test('answers a repeated Idempotency-Key as the first time, and another body under it with 422', async () => {
    const headers = { 'Idempotency-Key': 'create-once' };
    const body = { flightNumber: 'ID 1', origin: 'Oslo', destination: 'Rome' };
    const first = await api.call<{ id: string }>('POST', '/flights', { body, headers });
    const again = await api.call<{ id: string }>('POST', '/flights', { body, headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('ETag')).toBe(first.headers.get('ETag'));
    const other = await api.call('POST', '/flights', {
      body: { ...body, origin: 'Bergen' },
      headers,
    });
    expect(other.status).toBe(422);
  });

  test('If-Match guards a change: the current revision passes, an older one is 412', async () => {
    const flightId = await api.newFlight();
    const etag = (await api.flight(flightId)).headers.get('ETag') ?? '';
    const change = (origin: string) =>
      api.call('PATCH', `/flights/${flightId}`, {
        body: { origin },
        headers: { 'If-Match': etag },
      });
    expect((await change('Bergen')).status).toBe(204);
    expect((await change('Hamar')).status).toBe(412);
    expect((await api.flight(flightId)).body.origin).toBe('Bergen');
  });
});
