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
