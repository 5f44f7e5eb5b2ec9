import type { ParkedItem, Parking, ParkRequest } from '@tidemark/core';
import type { ContractCase } from './register-contract.ts';

/** A fresh, empty place for parked messages, opened for one case. */
export interface ParkingSubject {
  readonly parking: Parking;
  /** Closes it and opens another on the same storage. */
  readonly reopen?: () => Promise<Parking>;
  /** Opens another on the same storage, beside the first. `close` closes it too. */
  readonly openSecond?: () => Promise<Parking>;
  /** Closes all and removes the storage. */
  readonly close: () => Promise<void>;
}

export type ParkingCase = ContractCase<ParkingSubject>;

export const READER = 'inbox/passengers';
export const AT = '2030-01-01T00:00:00.000Z';
export const ERROR = 'never';
const PLENTY = { ofKey: 100_000, ofReader: 100_000 };

/** A message as it came. */
export function itemOf(id: string): ParkedItem {
  return { id, body: { id, topic: 'flights.landed.v1', data: { n: 1 } } };
}

/** Messages of the key `a`, the first of which failed, unless told otherwise. */
export function requestOf(ids: readonly string[], changes: Partial<ParkRequest> = {}): ParkRequest {
  const request = { reader: READER, key: 'a', items: ids.map(itemOf), most: PLENTY };
  return { ...request, error: ERROR, at: AT, ...changes };
}

/** Messages of the key `a` that would wait. */
export function waitingOf(ids: readonly string[], changes: Partial<ParkRequest> = {}): ParkRequest {
  const { error: _, ...request } = requestOf(ids, changes);
  return request;
}

/** Ids under a key, in order. */
export async function idsOf(parking: Parking, key = 'a', reader = READER) {
  const found = await parking.find(reader, key);
  if (found === undefined) return [];
  return [found.first.id, ...(await parking.waitingIds(reader, key, 1_000))];
}
