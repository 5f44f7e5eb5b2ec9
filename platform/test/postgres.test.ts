import { startPostgres } from '@tidemark/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from './api.ts';
import { startChild, temporaryDataDir } from './child-platform.ts';

describe('the platform on PostgreSQL, by changing URLs', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let data: Awaited<ReturnType<typeof temporaryDataDir>>;
  const start = () =>
    startChild(data.path, {
      env: { STORE_URL: server.url, READ_URL: server.url, KEYS_URL: server.url },
    });

  beforeAll(async () => {
    server = await startPostgres();
    data = await temporaryDataDir();
  });

  afterAll(async () => {
    await server?.stop();
    await data?.remove();
  });

  test('flies a passenger from check-in to arrival, and has everything after a kill', async () => {
    const first = await start();
    const api = createApi(first.url);
    const flightId = await api.newFlight('PG 18');
    const passengerId = await api.checkIn(flightId, 'Grace Hopper');
    expect((await api.board(passengerId)).status).toBe(204);
    expect((await api.flight(flightId)).body.status).toBe('all-boarded');
    expect((await api.call('POST', `/flights/${flightId}/depart`)).status).toBe(204);
    await first.kill();

    const second = await start();
    const again = createApi(second.url);
    expect((await again.flight(flightId)).body.status).toBe('departed');
    expect((await again.passenger(passengerId)).body).toMatchObject({
      name: 'Grace Hopper',
      status: 'boarded',
    });
    expect((await again.call('POST', `/flights/${flightId}/land`)).status).toBe(204);
    await again.untilEvent({ stream: `passenger-${passengerId}`, type: 'PassengerArrived' });
    expect((await again.passenger(passengerId)).body.status).toBe('arrived');
    const audit = await again.call<{ items: { type: string }[] }>('GET', '/audit?limit=100');
    expect(audit.body.items.map(({ type }) => type)).toContain('FlightScheduled');
    expect(await second.stop()).toBe(0);
  });
});
