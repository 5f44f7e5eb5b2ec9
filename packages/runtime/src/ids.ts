import { hash, randomFillSync } from 'node:crypto';

/** The time of a UUID of version 7: its first 48 bits. */
const TIMED = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * An id that follows from its parts: SHA-256 over each part with its length before it, so that
 * `('ab', 'c')` and `('a', 'bc')` differ, shaped as a UUID of version 8. Without parts it is constant. When the
 * first part is a UUID of version 7, the id begins with its time: ids made one after the other then stand side by
 * side in an index, where random ones would each touch a page of their own.
 *
 * @example
 * const passengerId = deriveId(commandId, 'passenger');
 */
export function deriveId(...parts: readonly string[]): string {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part};`).join('');
  const bytes = Buffer.from(hash('sha256', text, 'base64'), 'base64').subarray(0, 16);
  const [, high, low] = TIMED.exec(parts[0] ?? '') ?? [];
  if (high !== undefined) bytes.write(`${high}${low}`, 'hex');
  return asUuid(bytes, 0x80);
}

const COUNTER_MAX = 0xfff;
const pool = Buffer.alloc(16 * 256);
let poolPlace = pool.length;
let lastMs = 0;
let counter = 0;

/**
 * A new UUID of version 7: ordered by time of creation in this process, also inside a millisecond
 * and when the system's clock is set back.
 *
 * @example
 * const commandId = newId();
 */
export function newId(): string {
  if (poolPlace === pool.length) {
    randomFillSync(pool);
    poolPlace = 0;
  }
  const bytes = pool.subarray(poolPlace, poolPlace + 16);
  poolPlace += 16;
  advance(bytes.readUInt16BE(6) & 0x7ff);
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(counter, 6);
  return asUuid(bytes, 0x70);
}

/** The counter starts low and random in each millisecond; when it is used up, the next millisecond is borrowed. */
function advance(start: number): void {
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = start;
  } else if (counter < COUNTER_MAX) counter += 1;
  else {
    lastMs += 1;
    counter = start;
  }
}

/** RFC 9562: four bits of version, two bits of variant. */
function asUuid(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | version;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
