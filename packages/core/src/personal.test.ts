import { expect, test } from 'vitest';
import { ERASED, isErased, openSealed, type SubjectKey, subjectsIn } from './personal.ts';

const key: SubjectKey = {
  seal: () => ({ $subject: 'p1', $sealed: 'x' }),
  open: () => 'Ada',
};

test('subjects are found however deep they lie, each once', () => {
  const data = { a: key.seal(''), b: [{ c: { $subject: 'p2', $sealed: 'y' } }, key.seal('')] };
  expect([...subjectsIn(data)]).toEqual(['p1', 'p2']);
  expect([...subjectsIn({ plain: 1, none: null })]).toEqual([]);
});

test('opening answers what each value held, and ERASED where the key is gone', () => {
  const data = { name: key.seal(''), others: [{ name: { $subject: 'p2', $sealed: 'y' } }], n: 1 };
  const opened = openSealed(data, new Map([['p1', key]]));
  expect(opened).toEqual({ name: 'Ada', others: [{ name: ERASED }], n: 1 });
  expect(isErased(opened.others[0]?.name)).toBe(true);
  expect(isErased(opened.name)).toBe(false);
});
