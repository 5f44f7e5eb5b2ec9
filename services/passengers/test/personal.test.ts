import type { BusMessage } from '@tidemark/core';
import { expect, test } from 'vitest';
import { passengers as passengersReadModel } from '../src/application/passengers.ts';
import { createDisk, eventually, gate, openWorld } from './world.ts';

const CANARY = 'Zebedee Canary';
const OTHER = 'Yolanda Canary';
const ERASED = { erased: true };

const written = (value: unknown) =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item));

test('a name is nowhere in plain text: not in an event, a row, a message or a line of the log', async () => {
  const disk = createDisk();
  const world = await openWorld(disk);
  world.start();
  const heard: BusMessage[] = [];
  let wanted = Number.POSITIVE_INFINITY;
  const { opened: heardAll, open: tellHeardAll } = gate();
  const tellWhenAll = () => {
    if (heard.length >= wanted) tellHeardAll();
  };
  const listening = new AbortController();
  const listener = world.bus
    .consume({
      group: 'listener',
      topics: ['passengers.log', 'flights.log'],
      checkpoints: disk.flights.readModels.checkpoints,
      handle: async (messages) => {
        heard.push(...messages);
        tellWhenAll();
      },
    })
    .run(listening.signal);

  const flightId = await world.newFlight();
  const id = await world.checkIn(flightId, CANARY);
  await world.call('PATCH', `/passengers/${id}`, { body: { name: OTHER } });
  await world.call('POST', '/passengers', { body: { flightId: 'nowhere', name: CANARY } });
  await world.board(id);
  for (const step of ['depart', 'land']) await world.call('POST', `/flights/${flightId}/${step}`);
  await eventually(
    world.stores.passengers,
    async () => (await world.statusOf(`/passengers/${id}`)) === 'arrived',
  );
  const listed = await world.call('GET', '/passengers');
  expect(listed.body.items.map(({ name }: { name: string }) => name)).toEqual([OTHER, CANARY]);

  const table = await disk.passengers.readModels.open(passengersReadModel);
  const rows = await table.find({ index: 'by_order', equals: [], limit: 10 });
  expect(rows.items).toHaveLength(2);
  const logs = [];
  for (const store of [world.stores.flights, world.stores.passengers]) {
    logs.push(...(await store.readLog({ after: 0n, limit: 1_000 })).events);
  }
  wanted = logs.length;
  tellWhenAll();
  await heardAll;
  listening.abort();
  await listener;
  await world.stop();
  for (const found of [...logs, ...rows.items, ...heard, ...world.lines]) {
    expect(written(found)).not.toMatch(/Canary|Zebedee|Yolanda/);
  }
});

test('once the key of a passenger is erased, no answer tells the name, and it cannot be changed', async () => {
  const disk = createDisk();
  const world = await openWorld(disk);
  world.start();
  const id = await world.checkIn(await world.newFlight(), CANARY);
  expect((await world.call('GET', `/passengers/${id}`)).body.name).toBe(CANARY);
  await disk.keys.erase(id);
  expect((await world.call('GET', `/passengers/${id}`)).body.name).toEqual(ERASED);
  expect((await world.call('GET', '/passengers')).body.items[0].name).toEqual(ERASED);
  const history = await world.call('GET', `/passengers/${id}/history`);
  expect(history.body.items[0].data.name).toEqual(ERASED);
  const renamed = await world.call('PATCH', `/passengers/${id}`, { body: { name: OTHER } });
  expect([renamed.status, renamed.body.type]).toEqual([422, '/problems/passenger-erased']);
  expect((await world.board(id)).status, 'the rest goes on').toBe(204);
  await world.stop();
});
