import { describe, expect, test } from 'vitest';
import { fingerprintOf } from './find-cursor.ts';
import { checkQuestion, describeIndexes, type TableShape, writeCursor } from './find-question.ts';

const shape: TableShape = {
  name: 'departures',
  version: 1,
  indexes: { byDay: ['day', 'gate'], byGate: ['gate'] },
};
const asked = { index: 'byDay', equals: ['2026-05-01'], limit: 10 };
const cursorInvalid = expect.objectContaining({ code: 'CURSOR_INVALID' });

describe('a cursor', () => {
  test('brings back its place, whatever the texts in it', () => {
    const question = checkQuestion(shape, asked);
    for (const text of ['', 'B12', 'Gangtür', '\u{1f6eb}', 'a\0', 'lone \ud800', '">\\u0041']) {
      const place = { values: [text], key: `flight-${text}` };
      const cursor = writeCursor(question, place);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(checkQuestion(shape, { ...asked, cursor }).after).toEqual(place);
    }
    for (const value of [null, 0, -1.5, 1e300]) {
      const cursor = writeCursor(question, { values: [value], key: 'flight-1' });
      expect(checkQuestion(shape, { ...asked, cursor }).after?.values).toEqual([value]);
    }
  });

  test('of another question is refused', () => {
    const cursor = writeCursor(checkQuestion(shape, asked), { values: ['B12'], key: 'flight-1' });
    const others = [
      { equals: ['2026-05-02'] },
      { order: 'descending' as const },
      { range: { from: null } },
      { index: 'byGate', equals: [] },
    ];
    for (const other of others) {
      expect(() => checkQuestion(shape, { ...asked, ...other, cursor })).toThrow(cursorInvalid);
    }
    const elsewhere = { ...shape, name: 'arrivals' };
    expect(() => checkQuestion(elsewhere, { ...asked, cursor })).toThrow(cursorInvalid);
    expect(checkQuestion({ ...shape, version: 2 }, { ...asked, cursor }).after).toBeDefined();
  });

  test('that was made up is refused', () => {
    const { fingerprint } = checkQuestion(shape, asked);
    const places = [
      'no list',
      [],
      [fingerprint],
      [fingerprint, ['B12'], 7],
      [fingerprint, 'B12', 'flight-1'],
      [fingerprint, ['B12', 'B13'], 'flight-1'],
      [fingerprint, [{}], 'flight-1'],
      ['0'.repeat(16), ['B12'], 'flight-1'],
    ];
    const cursors = places.map((place) => Buffer.from(JSON.stringify(place)).toString('base64url'));
    for (const cursor of [...cursors, '', '!', 'AAAA', '\u{1f6eb}']) {
      expect(() => checkQuestion(shape, { ...asked, cursor })).toThrow(cursorInvalid);
    }
  });
});

test('the fingerprint is FNV-1a with 64 bits', () => {
  expect(fingerprintOf('')).toBe('cbf29ce484222325');
  expect(fingerprintOf('a')).toBe('af63dc4c8601ec8c');
  expect(fingerprintOf('foobar')).toBe('85944171f73967e8');
});

test('indexes are described in one order, whatever the order they were declared in', () => {
  const turned = Object.fromEntries(Object.entries(shape.indexes).reverse());
  expect(describeIndexes(turned)).toBe(describeIndexes(shape.indexes));
});
