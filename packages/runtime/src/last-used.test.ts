import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLastUsed } from './last-used.ts';

type Step =
  | { readonly set: string }
  | { readonly get: string }
  | { readonly peek: string }
  | { readonly drop: string };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');

test('whatever is done to it, those are kept that were used last', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ set: name }) },
    { weight: 3, arbitrary: fc.record({ get: name }) },
    fc.record({ peek: name }),
    fc.record({ drop: name }),
  );
  const run = (capacity: number, steps: readonly Step[]) => {
    const kept = createLastUsed<number>(capacity);
    /** Oldest use first. */
    let wanted: (readonly [string, number])[] = [];
    const wantedOf = (asked: string) => wanted.find(([one]) => one === asked)?.[1];
    const use = (used: string, value: number) => {
      wanted = [...wanted.filter(([one]) => one !== used), [used, value] as const];
      while (wanted.length > capacity) wanted.shift();
    };
    for (const [value, one] of steps.entries()) {
      if ('set' in one) {
        kept.set(one.set, value);
        use(one.set, value);
      } else if ('get' in one) {
        const found = wantedOf(one.get);
        expect(kept.get(one.get)).toBe(found);
        if (found !== undefined) use(one.get, found);
      } else if ('peek' in one) expect(kept.peek(one.peek)).toBe(wantedOf(one.peek));
      else {
        kept.drop(one.drop);
        wanted = wanted.filter(([other]) => other !== one.drop);
      }
      for (const every of 'abcdef') expect(kept.peek(every)).toBe(wantedOf(every));
    }
  };
  fc.assert(fc.property(fc.integer({ min: 0, max: 4 }), fc.array(step, { maxLength: 200 }), run), {
    numRuns: 300,
  });
});

test('uses of what is there take no memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept = createLastUsed<number>(10_000);
  const names = Array.from({ length: 1_000 }, (_, n) => `name-${n}`);
  for (const one of names) kept.set(one, 0);
  const heapAfter = (rounds: number): number => {
    for (let round = 0; round < rounds; round += 1) for (const one of names) kept.get(one);
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heapAfter(100);
  // A million uses; with ten bytes kept of each it would be more.
  expect(heapAfter(1_000) - before).toBeLessThan(10_000_000);
});
