import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, test } from 'vitest';
import { dropEntity, putEntries, putFlight, putPassenger } from './lists.ts';
import type { AuditEntry, Flight, FlightStatus, Passenger } from './types.ts';

describe('the lists that a page holds', () => {
  let client: QueryClient;

  beforeEach(() => {
    client = new QueryClient();
  });

  function hold(key: readonly unknown[], items: readonly unknown[], next?: string): void {
    const page = { items, ...(next === undefined ? {} : { next }) };
    client.setQueryData(key, { pages: [page], pageParams: [undefined] });
  }

  function held(key: readonly unknown[]): readonly unknown[] {
    const data = client.getQueryData<{ pages: { items: { id?: string; position?: string }[] }[] }>(
      key,
    );
    return (data?.pages ?? []).flatMap(({ items }) =>
      items.map((item) => item.id ?? item.position),
    );
  }

  test('a flight that changed takes the place it had', () => {
    hold(['flights', 'all'], [flight('a'), flight('b')]);
    putFlight(client, flight('a', 'departed'), false);
    expect(held(['flights', 'all'])).toEqual(['a', 'b']);
    expect(client.getQueryData(['flights', 'all'])).toMatchObject({
      pages: [{ items: [{ status: 'departed' }, {}] }],
    });
  });

  test('a new flight stands first, and one of a page that was not asked for stays away', () => {
    hold(['flights', 'all'], [flight('a')], 'more');
    putFlight(client, flight('later'), false);
    putFlight(client, flight('new'), true);
    expect(held(['flights', 'all'])).toEqual(['new', 'a']);
  });

  test('a flight leaves the list of its old status, and that of the new one is read again', () => {
    hold(['flights', 'departed'], [flight('a', 'departed')]);
    hold(['flights', 'arrived'], [flight('b', 'arrived')]);
    putFlight(client, flight('a', 'arrived'), false);
    expect(held(['flights', 'departed'])).toEqual([]);
    const isStale = (status: string) => client.getQueryState(['flights', status])?.isInvalidated;
    expect([isStale('departed'), isStale('arrived')]).toEqual([false, true]);
  });

  test('a new passenger stands first, and one of a page that was not asked for stays away', () => {
    hold(['passengers', 'f'], [passenger('a')], 'more');
    putPassenger(client, passenger('later'), false);
    putPassenger(client, passenger('new'), true);
    expect(held(['passengers', 'f'])).toEqual(['new', 'a']);
  });

  test('what was deleted leaves every list', () => {
    hold(['flights', 'all'], [flight('a'), flight('b')]);
    hold(['flights', 'arrived'], [flight('a', 'arrived')]);
    dropEntity(client, 'flights', 'a');
    expect(held(['flights', 'all'])).toEqual(['b']);
    expect(held(['flights', 'arrived'])).toEqual([]);
  });

  test('entries stand newest first, each once, where their filters let them', () => {
    hold(['audit', {}], [entry(9)]);
    hold(['audit', { stream: 's-2' }], []);
    hold(['audit', { correlation: 'other' }], []);
    putEntries(client, [entry(10), entry(11), entry(9)]);
    putEntries(client, [entry(10)]);
    expect(held(['audit', {}])).toEqual(['11', '10', '9']);
    expect(held(['audit', { stream: 's-2' }])).toEqual([]);
    expect(held(['audit', { correlation: 'other' }])).toEqual([]);
  });

  test('a log that is watched for long lets go of its oldest entries and can show them again', () => {
    hold(['audit', {}], [entry(1)]);
    putEntries(
      client,
      Array.from({ length: 500 }, (_, index) => entry(index + 2)),
    );
    const positions = held(['audit', {}]);
    expect(positions.length).toBeLessThanOrEqual(400);
    expect(positions[0]).toBe('501');
    expect(client.getQueryData(['audit', {}])).toMatchObject({
      pages: [{ next: positions.at(-1) }],
    });
  });
});

function flight(id: string, status: FlightStatus = 'waiting-for-boarding'): Flight {
  const passengers = { total: 0, boarded: 0 };
  return { id, flightNumber: 'TM 1', origin: 'Oslo', destination: 'Rome', status, passengers };
}

function passenger(id: string): Passenger {
  return { id, flightId: 'f', name: 'Ada', status: 'checked-in' };
}

function entry(position: number): AuditEntry {
  return {
    position: String(position),
    service: 'flights',
    stream: 's-1',
    type: 'FlightScheduled',
    revision: 0,
    servicePosition: String(position),
    eventId: `e-${position}`,
    recordedAt: '2026-11-21T08:30:00Z',
    actor: 'anonymous',
    correlationId: 'c',
    causationId: 'c',
    data: {},
  };
}
