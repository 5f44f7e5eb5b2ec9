import { expect, test } from 'vitest';
import { createStateCache, type FoldedStream } from './state-cache.ts';

function at(revision: number): FoldedStream<string> {
  return { state: `state ${revision}`, revision, position: 0n, subjects: new Set() };
}

test('a full cache forgets the state used longest ago', () => {
  const cache = createStateCache<string>(2);
  cache.put('a-1', at(0));
  cache.put('a-2', at(0));
  cache.get('a-1');
  cache.put('a-3', at(0));
  expect(['a-1', 'a-2', 'a-3'].map((stream) => cache.get(stream) !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
});

test('a load that ends late does not replace a newer state', () => {
  const cache = createStateCache<string>(2);
  cache.put('a-1', at(5));
  cache.put('a-1', at(3));
  expect(cache.get('a-1')?.revision).toBe(5);
});

test('a dropped state is gone', () => {
  const cache = createStateCache<string>(2);
  cache.put('a-1', at(5));
  cache.drop('a-1');
  expect(cache.get('a-1')).toBeUndefined();
});
