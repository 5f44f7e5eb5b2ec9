import { readFile } from 'node:fs/promises';
import { createOperationsClient, type OperationsClient } from '@tidemark/operations';
import { createLogger } from '@tidemark/telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Platform, readPlatformConfig, startPlatform } from '../src/index.ts';
import { createApi } from './api.ts';
import { temporaryDataDir } from './child-platform.ts';

describe('every service', () => {
  let data: Awaited<ReturnType<typeof temporaryDataDir>>;
  let platform: Platform;
  let client: OperationsClient;

  beforeAll(async () => {
    data = await temporaryDataDir();
    const config = readPlatformConfig({ DATA_DIR: data.path, PORT: '0' });
    platform = await startPlatform(config, createLogger({ level: 'silent' }));
    const token = (await readFile(`${data.path}.operator`, 'utf8')).trim();
    client = createOperationsClient({ url: platform.url, token });
  });
  afterAll(async () => {
    await platform?.stop();
    await data?.remove();
  });

  test('has a log of its own: no category stands in two', async () => {
    const api = createApi(platform.url);
    const flightId = await api.newFlight();
    await api.call('POST', '/passengers', { body: { flightId, name: 'Ada' } });
    await api.untilEvent({ stream: `flight-${flightId}`, type: 'FlightScheduled' });
    const seen: string[] = [];
    for (const { store } of platform.infrastructure.values()) {
      const { events } = await store.readLog({ after: 0n, limit: 10_000 });
      expect(events.length).toBeGreaterThan(0);
      seen.push(...new Set(events.map(({ stream }) => stream.split('-', 1)[0] ?? '')));
    }
    expect(seen).toContain('flight');
    expect(seen).toEqual([...new Set(seen)]);
  });

  test('has read models that its own log gives again, row for row', async () => {
    await flyAndCheckIn(platform.url);
    const all = await client.call('listServices');
    let compared = 0;
    for (const { name: service } of all.items) {
      const { items } = await client.call('listReadModels', { params: { service } });
      for (const { name: readModel } of items) {
        const params = { service, readModel };
        await client.call('changeRebuild', { params: { ...params, step: 'start' } });
        const comparison = await untilReady(params);
        expect([readModel, comparison]).toMatchObject([readModel, { rowsDiffering: 0 }]);
        expect(comparison?.rowsCompared).toBeGreaterThan(0);
        compared += 1;
      }
    }
    expect(compared).toBe(4);
  });

  async function untilReady(params: { readonly service: string; readonly readModel: string }) {
    for (;;) {
      const { state, comparison, lastError } = await client.call('getRebuild', { params });
      expect(lastError).toBeUndefined();
      if (state === 'ready') return comparison;
    }
  }
});

/** One flight that lands with its passengers, one that is deleted, one that waits. */
async function flyAndCheckIn(url: string): Promise<void> {
  const api = createApi(url);
  const landed = await api.newFlight('TM 1');
  const passengers = await Promise.all([api.checkIn(landed, 'Ada'), api.checkIn(landed, 'Grace')]);
  for (const id of passengers) await api.board(id);
  await api.call('POST', `/flights/${landed}/depart`);
  await api.call('POST', `/flights/${landed}/land`);
  const deleted = await api.newFlight('TM 2');
  await api.call('DELETE', `/flights/${deleted}`);
  await api.checkIn(await api.newFlight('TM 3'), 'Edsger');
  await api.untilEvent({ stream: `passenger-${passengers[0]}`, type: 'PassengerArrived' });
}
