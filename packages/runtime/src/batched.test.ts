import { expect, test } from 'vitest';
import { gate } from '../test/turns.ts';
import { batched } from './batched.ts';

test('what is asked for while work is under way is done together, after it, also when it failed', async () => {
  const done: (readonly number[])[] = [];
  const first = gate();
  const ask = batched<number>(async (items) => {
    done.push(items);
    if (items.includes(1)) await first.opened;
    if (items.includes(1) || items.includes(4)) throw new Error(`with ${items[0]}`);
  });
  const failing = expect(ask([1])).rejects.toThrow('with 1');
  await Promise.resolve();
  const together = Promise.all([ask([2]), ask([3])]);
  expect(done).toEqual([[1]]);
  first.open();
  await failing;
  await together;
  await expect(ask([4])).rejects.toThrow('with 4');
  await ask([5]);
  expect(done).toEqual([[1], [2, 3], [4], [5]]);
});
