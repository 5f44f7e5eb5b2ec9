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
  expect(listed.body.items.map(({ name }: { name: string }) => name)).toEqual([CANARY, OTHER]);

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
  const before = await world.call('GET', `/passengers/${id}`);
  expect(before.body.name).toBe(CANARY);
  const known = { headers: { 'If-None-Match': before.headers.get('ETag') ?? '' } };
  expect((await world.call('GET', `/passengers/${id}`, known)).status).toBe(304);
  await disk.keys.erase(id);
  const after = await world.call('GET', `/passengers/${id}`, known);
  expect([after.status, after.body.name]).toEqual([200, ERASED]);
  expect((await world.call('GET', '/passengers')).body.items[0].name).toEqual(ERASED);
  const history = await world.call('GET', `/passengers/${id}/history`);
  expect(history.body.items[0].data.name).toEqual(ERASED);
  const renamed = await world.call('PATCH', `/passengers/${id}`, { body: { name: OTHER } });
  expect([renamed.status, renamed.body.type]).toEqual([422, '/problems/passenger-erased']);
  const match = { headers: { 'If-Match': after.headers.get('ETag') ?? '' } };
  const boarded = await world.call('POST', `/passengers/${id}/board`, match);
  expect(boarded.status, 'the rest goes on, also from the ETag of the erased').toBe(204);
  await world.stop();
});

test('a request that brings data of somebody who was erased is refused by name, and nothing is stored', async () => {
  const headers = { 'Idempotency-Key': 'names-the-same-passenger' };
  const ask = async (disk: ReturnType<typeof createDisk>) => {
    const world = await openWorld(disk);
    world.start();
    const body = { flightId: await world.newFlight(), name: CANARY };
    const answer = await world.call('POST', '/passengers', { body, headers });
    const head = await world.stores.passengers.head();
    await world.stop();
    return { answer, head, lines: world.lines };
  };
  const { id } = (await ask(createDisk())).answer.body;
  const disk = createDisk();
  expect(await disk.keys.erase(id)).toBe('never-seen');
  const { answer, head, lines } = await ask(disk);
  expect([answer.status, answer.body.type]).toEqual([422, '/problems/subject-erased']);
  expect(head).toBe(0n);
  expect(lines.join()).not.toContain(CANARY);
});
