import { expect, test } from 'vitest';
import { byProcess } from './timers-by-process.ts';

test('timers stand by process, and of each the one that is due first comes first', () => {
  const timer = (id: string, owner: string, dueAt: string) => ({ id, owner, dueAt, input: {} });
  const grouped = byProcess([
    timer('a', 'closing', '2026-11-21T09:00:00.000Z'),
    timer('b', 'check_in', '2026-11-21T08:00:00.000Z'),
    timer('c', 'closing', '2026-11-21T08:30:00.000Z'),
  ]);
  expect(grouped.map(([owner, timers]) => [owner, timers.map(({ id }) => id)])).toEqual([
    ['check_in', ['b']],
    ['closing', ['c', 'a']],
  ]);
});
