import { createLogBus } from '@tidemark/bus-log';
import { flightsRpc } from '@tidemark/contracts/flights';
import type { Logger } from '@tidemark/core';
import { createRpcClient } from '@tidemark/rpc';
import {
  createEventStore,
  createMemoryKeys,
  createSystemClock,
  newId,
  type Service,
  supervise,
} from '@tidemark/runtime';
import {
  createMemoryEventEngine,
  createMemoryLeases,
  createMemoryParking,
  createMemoryReadModels,
  createMemoryTimers,
} from '@tidemark/store-memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { composeFlights } from '../src/index.ts';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silent,
};
const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };

let service: Service;
let flights: ReturnType<typeof createRpcClient<typeof flightsRpc>>;
let stop: () => Promise<void>;

beforeEach(async () => {
  const clock = createSystemClock();
  service = await composeFlights(
    { retries: 0, backoffMs: 1 },
    {
      store: createEventStore(createMemoryEventEngine()),
      timers: createMemoryTimers(),
      readModels: createMemoryReadModels(),
      leases: createMemoryLeases(),
      parking: createMemoryParking(),
      bus: createLogBus(),
      keys: createMemoryKeys(),
      clock,
      log: silent,
      neighbour: () => async () => new Response(null, { status: 503 }),
      serviceToken: 'token',
    },
  );
  flights = createRpcClient(flightsRpc, { fetch: service.fetch, token: 'token' });
  const stopping = new AbortController();
  const running = supervise(service.runnables, { clock, log: silent }, stopping.signal);
  stop = () => {
    stopping.abort();
    return running;
  };
});
afterEach(() => stop());

async function call(
  method: string,
  path: string,
  parts: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
) {
  const response = await service.fetch(
    new Request(`http://127.0.0.1/api${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...parts.headers },
      ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
    }),
  );
  const text = await response.text();
  const body = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, body };
}

const newFlight = { flightNumber: 'TM 1', origin: 'Oslo', destination: 'Rome' };
const create = async (body: object = newFlight): Promise<string> =>
  (await call('POST', '/flights', { body })).body.id;
const callContext = () => ({ commandId: newId(), cause, deadlineMs: 5_000 });
const problemOf = ({ status, body }: { status: number; body: { type: string } }) => [
  status,
  body.type.replace('/problems/', ''),
];

/** A flight with one passenger, carried on by these steps. */
async function flightAfter(...steps: ('board' | 'depart' | 'land')[]): Promise<string> {
  const flightId = await create();
  await flights.admit({ flightId, passengerId: 'ann' }, callContext());
  for (const step of steps) {
    if (step === 'board') await flights.board({ flightId, passengerId: 'ann' }, callContext());
    else expect((await call('POST', `/flights/${flightId}/${step}`)).status).toBe(204);
  }
  return flightId;
}

describe('a flight over HTTP', () => {
  test('is created with id, Location and ETag, and once however often the request is repeated', async () => {
    const parts = { body: newFlight, headers: { 'Idempotency-Key': 'once' } };
    const first = await call('POST', '/flights', parts);
    const again = await call('POST', '/flights', parts);
    const { id } = first.body;
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual({ id });
    expect(first.headers.get('Location')).toBe(`/api/flights/${id}`);
    expect(first.headers.get('ETag')).toBe('"0"');
    expect((await call('GET', '/flights')).body.items).toHaveLength(1);
  });

  test('is shown as it is now, with the time of departure only where there is one', async () => {
    const departsAt = '2026-11-21T08:30:00Z';
    const plain = await create();
    const timed = await create({ ...newFlight, departsAt });
    const shown = { ...newFlight, status: 'waiting-for-boarding' };
    const passengers = { total: 0, boarded: 0 };
    expect((await call('GET', `/flights/${plain}`)).body).toEqual({
      ...shown,
      id: plain,
      passengers,
    });
    expect((await call('GET', `/flights/${timed}`)).body.departsAt).toBe(departsAt);
    expect((await call('GET', '/flights/nowhere')).status).toBe(404);
  });

  test('changes before departure; If-Match guards it and the same change again is fine', async () => {
    const id = await create();
    const change = (origin: string, headers = {}) =>
      call('PATCH', `/flights/${id}`, { body: { origin }, headers });
    expect((await change('Bern', { 'If-Match': '"0"' })).status).toBe(204);
    expect((await change('Kiev', { 'If-Match': '"0"' })).status).toBe(412);
    const same = await change('Bern');
    expect([same.status, same.headers.get('ETag')]).toEqual([204, '"1"']);
    expect((await call('GET', `/flights/${id}`)).body.origin).toBe('Bern');
  });

  test.each([
    ['PATCH', '', 'flight-already-departed', ['board', 'depart']],
    ['POST', '/depart', 'not-all-boarded', []],
    ['POST', '/depart', 'flight-already-arrived', ['board', 'depart', 'land']],
    ['POST', '/land', 'flight-not-departed', ['board']],
    ['DELETE', '', 'flight-not-arrived', ['board', 'depart']],
  ] as const)('%s %s may be refused with %s', async (...given) => {
    const [method, path, reason, steps] = given;
    const id = await flightAfter(...steps);
    const parts = method === 'PATCH' ? { body: { origin: 'Bern' } } : {};
    expect(problemOf(await call(method, `/flights/${id}${path}`, parts))).toEqual([422, reason]);
    expect((await call(method, `/flights/nowhere${path}`, parts)).status).toBe(404);
  });

  test('is gone after deletion, but its history stays, page by page', async () => {
    const id = await flightAfter('board', 'depart', 'land');
    expect((await call('DELETE', `/flights/${id}`)).status).toBe(204);
    expect((await call('GET', `/flights/${id}`)).status).toBe(404);
    expect((await call('DELETE', `/flights/${id}`)).status).toBe(404);
    const first = await call('GET', `/flights/${id}/history?limit=4`);
    const rest = await call('GET', `/flights/${id}/history?cursor=${first.body.next}`);
    const items: { type: string; revision: number; position: string }[] = [
      ...first.body.items,
      ...rest.body.items,
    ];
    expect(items.map(({ type }) => type)).toEqual([
      'FlightScheduled',
      'PassengerAdmitted',
      'PassengerBoarded',
      'AllPassengersBoarded',
      'FlightDeparted',
      'FlightLanded',
      'FlightDeleted',
    ]);
    expect(items.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(typeof items[0]?.position).toBe('string');
    expect((await call('GET', '/flights/nowhere/history')).status).toBe(404);
    expect(problemOf(await call('GET', `/flights/${id}/history?cursor=x`))).toEqual([
      400,
      'cursor-invalid',
    ]);
  });

  test('is shown as it was behind every event of its history, also after it was deleted', async () => {
    const id = await flightAfter('board', 'depart', 'land');
    await create();
    await call('DELETE', `/flights/${id}`);
    const { items } = (await call('GET', `/flights/${id}/history`)).body;
    const shown = [];
    for (const { position } of items) {
      const { status, headers, body } = await call('GET', `/flights/${id}?asOf=${position}`);
      shown.push([status, headers.get('ETag'), body.status === status ? '' : body.status]);
    }
    expect(shown).toEqual([
      [200, '"0"', 'waiting-for-boarding'],
      [200, '"1"', 'waiting-for-boarding'],
      [200, '"2"', 'waiting-for-boarding'],
      [200, '"3"', 'all-boarded'],
      [200, '"4"', 'departed'],
      [200, '"5"', 'arrived'],
      [404, null, ''],
    ]);
    const departed = `/flights/${id}?asOf=${items[4].position}`;
    expect((await call('GET', departed)).body.passengers).toEqual({ total: 1, boarded: 1 });
    const known = { headers: { 'If-None-Match': '"4"' } };
    expect((await call('GET', departed, known)).status).toBe(304);
  });

  test('is shown as it was at a time, and not before it existed', async () => {
    const id = await create();
    await call('PATCH', `/flights/${id}`, { body: { origin: 'Bern' } });
    const { items } = (await call('GET', `/flights/${id}/history`)).body;
    const asOf = (time: string) => call('GET', `/flights/${id}?asOf=${encodeURIComponent(time)}`);
    const last = items.at(-1).recordedAt;
    expect((await asOf(last)).body.origin).toBe('Bern');
    expect((await asOf(last.replace('Z', '+00:00'))).body.origin).toBe('Bern');
    expect((await asOf('2999-01-01T00:00:00Z')).body.origin).toBe('Bern');
    const before = new Date(Date.parse(items[0].recordedAt) - 1).toISOString();
    expect(problemOf(await asOf(before))).toEqual([404, 'not-found']);
    expect((await asOf('0')).status).toBe(404);
  });

  test('has no state as of what is no moment, or lies ahead of the log', async () => {
    const id = await create();
    for (const asOf of ['noon', '-1', '01', '1.5', '2026-11-21', '2026-11-21T08:00:00', '']) {
      const answer = await call('GET', `/flights/${id}?asOf=${asOf}`);
      expect(problemOf(answer), asOf).toEqual([400, 'invalid-request']);
    }
    const ahead = await call('GET', `/flights/${id}?asOf=2`);
    expect(problemOf(ahead)).toEqual([400, 'position-ahead']);
    expect(problemOf(await call('GET', '/flights?asOf=1'))).toEqual([400, 'invalid-request']);
  });

  test('is listed with the newest first, page by page, also by status', async () => {
    const waiting = [await create(), await create(), await create()].reverse();
    const ready = await flightAfter('board');
    const idsOf = (page: { body: { items: { id: string }[] } }) =>
      page.body.items.map(({ id }) => id);
    const first = await call('GET', '/flights?limit=2');
    const rest = await call('GET', `/flights?limit=2&cursor=${first.body.next}`);
    expect([...idsOf(first), ...idsOf(rest)]).toEqual([ready, ...waiting]);
    expect(idsOf(await call('GET', '/flights?status=waiting-for-boarding'))).toEqual(waiting);
    const boarded = await call('GET', '/flights?status=all-boarded');
    expect(boarded.body.items).toEqual([(await call('GET', `/flights/${ready}`)).body]);
    const cursor = encodeURIComponent('of something else');
    expect(problemOf(await call('GET', `/flights?cursor=${cursor}`))).toEqual([
      400,
      'cursor-invalid',
    ]);
  });
});

describe('a flight over RPC', () => {
  const seat = (flightId: string, passengerId = 'ann') => ({ flightId, passengerId });
  const accepted = { verdict: 'accepted' };
  const rejected = (reason: string) => ({ verdict: 'rejected', reason });

  test('says yes to what is possible, and again to the same question', async () => {
    const id = await create();
    for (const method of ['admit', 'board', 'release'] as const) {
      const context = callContext();
      expect(await flights[method](seat(id), context)).toEqual(accepted);
      expect(await flights[method](seat(id), context), 'repeated').toEqual(accepted);
    }
    expect((await call('GET', `/flights/${id}`)).body.passengers).toEqual({ total: 0, boarded: 0 });
  });

  test('says no with the reason', async () => {
    const id = await flightAfter('board', 'depart');
    for (const method of ['admit', 'board', 'release'] as const) {
      expect(await flights[method](seat('nowhere'), callContext())).toEqual(
        rejected('flight-not-found'),
      );
      expect(await flights[method](seat(id, 'bob'), callContext())).toEqual(
        rejected('flight-already-departed'),
      );
    }
    expect(await flights.board(seat(await create()), callContext())).toEqual(
      rejected('passenger-not-admitted'),
    );
  });
});
