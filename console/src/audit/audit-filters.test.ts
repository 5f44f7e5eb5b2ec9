import { expect, test } from 'vitest';
import { readFilters, toLocalField } from './audit-filters.ts';

test('filters leave out what is empty, unknown, or no time', () => {
  expect(readFilters({ service: ' flights ', type: '', colour: 'red', from: 'soon' })).toEqual({
    service: 'flights',
  });
});

test('a time is kept in UTC and shown in the time zone of the person, the same moment', () => {
  const { from } = readFilters({ from: '2026-11-21T08:30:15' });
  expect(from).toBe(new Date('2026-11-21T08:30:15').toISOString());
  expect(toLocalField(from)).toBe('2026-11-21T08:30:15');
  expect(toLocalField(undefined)).toBeUndefined();
});
