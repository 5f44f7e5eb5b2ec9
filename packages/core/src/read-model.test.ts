import { expect, test } from 'vitest';
import { sliceOf } from './read-model.ts';

test('the slice of a key is FNV-1a over its UTF-8, so it stays where it was', () => {
  const all = 2 ** 32;
  // The published test vectors of the hash.
  expect(sliceOf('', all)).toBe(0x811c9dc5);
  expect(sliceOf('a', all)).toBe(0xe40c292c);
  expect(sliceOf('foobar', all)).toBe(0xbf9cf968);
});

test('keys beyond ASCII are hashed as their UTF-8 bytes', () => {
  const reference = (key: string) => {
    let hash = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
    return hash >>> 0;
  };
  for (const key of ['ä', 'ß-€', '東京', '🛫 to 🛬', '\u07ff\u0800\uffff']) {
    expect(sliceOf(key, 2 ** 32)).toBe(reference(key));
  }
});

test('keys spread evenly over slices', () => {
  const found = new Array<number>(8).fill(0);
  for (let n = 0; n < 8_000; n += 1)
    found[sliceOf(`flight-${n}`, 8)] = (found[sliceOf(`flight-${n}`, 8)] ?? 0) + 1;
  for (const size of found) expect(size).toBeGreaterThan(800);
});
