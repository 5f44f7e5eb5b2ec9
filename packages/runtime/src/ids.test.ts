import { describe, expect, test } from 'vitest';
import { deriveId, newId } from './ids.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a derived id', () => {
  test('is the same for the same parts, for ever', () => {
    expect(deriveId('command-1', 'passenger')).toBe(deriveId('command-1', 'passenger'));
    expect(deriveId('command-1', 'passenger')).toBe('469fc79f-4439-85c2-a0d4-776baf3ee6b0');
  });

  test('differs when the parts are split elsewhere', () => {
    const ids = [
      deriveId('ab', 'c'),
      deriveId('a', 'bc'),
      deriveId('abc'),
      deriveId('ab', 'c', ''),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  test('sorts by the time of the command that it is derived from', () => {
    const first = '01953f6c-7a00-7abc-8def-000000000001';
    const later = '01953f6c-7a01-7abc-8def-000000000000';
    expect(deriveId(first, 'flight')).toMatch(/^01953f6c-7a00-8/);
    expect(deriveId(first, 'flight') < deriveId(later, 'flight')).toBe(true);
    expect(deriveId(first, 'flight')).not.toBe(deriveId(first, 'passenger'));
  });

  test('has the shape of a UUID of version 8', () => {
    expect(UUID.exec(deriveId('x'))?.[1]).toBe('8');
  });
});

describe('a new id', () => {
  test('has the shape of a UUID of version 7 that tells the time', () => {
    const before = Date.now();
    const id = newId();
    expect(UUID.exec(id)?.[1]).toBe('7');
    const madeAtMs = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    expect(madeAtMs).toBeGreaterThanOrEqual(before);
    expect(madeAtMs).toBeLessThanOrEqual(Date.now() + 1);
  });

  test('sorts behind all made before it, also many in a millisecond', () => {
    const ids = Array.from({ length: 50_000 }, newId);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });
});
