import { expect, test } from 'vitest';
import { matches } from './query.ts';
import { categoryOf } from './stream-name.ts';

const seatTaken = {
  stream: 'flight-7f-3c' as const,
  type: 'SeatTaken',
  tags: ['seat:4A', 'row:4'],
};

test('the category is what stands before the first dash', () => {
  expect(categoryOf('flight-7f-3c')).toBe('flight');
});

test('an empty query matches nothing and an empty alternative matches everything', () => {
  expect(matches([], seatTaken)).toBe(false);
  expect(matches([{}], seatTaken)).toBe(true);
});

test('inside an alternative any type, any category and all tags must match', () => {
  expect(matches([{ types: ['Other', 'SeatTaken'] }], seatTaken)).toBe(true);
  expect(matches([{ types: ['Other'] }], seatTaken)).toBe(false);
  expect(matches([{ categories: ['flight'], tags: ['row:4', 'seat:4A'] }], seatTaken)).toBe(true);
  expect(matches([{ categories: ['seat'], tags: ['row:4'] }], seatTaken)).toBe(false);
  expect(matches([{ tags: ['row:4', 'seat:5A'] }], seatTaken)).toBe(false);
  expect(matches([{ tags: ['row:4'] }], { stream: 'a-1', type: 'SeatTaken' })).toBe(false);
});

test('one matching alternative is enough', () => {
  expect(matches([{ types: ['Other'] }, { tags: ['row:4'] }], seatTaken)).toBe(true);
});
