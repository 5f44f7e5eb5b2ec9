import { createHash, randomUUID } from 'node:crypto';
import type { Cause, JsonObject } from '@tidemark/core';

export const TYPE = 'SeatBooked';

/** About 95 bytes of metadata beside each event. */
export const CAUSE: Cause = {
  correlationId: 'a3bb189e-8bf9-3888-9912-ace4e6543002',
  causationId: '6fa459ea-ee8a-3ca4-894e-db77e160355e',
  actor: 'user-1842',
};

const POOL_SIZE = 4_096;

/** 32 characters without a pattern that an index could profit from. */
export function hashed(what: number | string): string {
  return createHash('sha1').update(String(what)).digest('hex').slice(0, 32);
}

/** Name of a stream by its number; not in the order of the numbers, and cheap, because the clock runs. */
export function streamName(category: string, stream: number): `${string}-${string}` {
  // The last step of MurmurHash3, which gives each number another one.
  let bits = Math.imul(stream ^ (stream >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  bits ^= bits >>> 16;
  return `${category}-${bits >>> 16}.${bits & 0xffff}`;
}

/** About 215 bytes of JSON. */
function payload(n: number): JsonObject {
  return {
    flightId: hashed(n),
    passenger: hashed(n + 1),
    seat: `${n % 40}A`,
    price: { amount: n % 900, currency: 'EUR' },
    remarks: ['window', 'vegetarian', 'no hand luggage'],
    bookedAt: '2030-01-01T10:00:00.000Z',
  };
}

const pool = Array.from({ length: POOL_SIZE }, (_, n) => payload(n));
let drawn = 0;

/** The next payload, made before any clock starts. */
export function nextPayload(): JsonObject {
  drawn = (drawn + 1) % POOL_SIZE;
  return pool[drawn] as JsonObject;
}

/** A fresh id; random, so as good as hashed. */
export const nextId = (): string => randomUUID();
