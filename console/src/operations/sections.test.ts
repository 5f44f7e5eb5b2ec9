import { describe, expect, test } from 'vitest';
import { historyAddress, SECTIONS, type Section, sectionAddress, sectionOf } from './sections.ts';

describe('the parts of the operators’ page', () => {
  test('each have an address that leads back to them, and none is a path of the routes', () => {
    for (const section of Object.keys(SECTIONS) as Section[]) {
      const url = new URL(sectionAddress(section), 'http://localhost');
      expect(url.pathname).toBe('/operations');
      expect(sectionOf(url.searchParams.get('section'))).toBe(section);
    }
  });

  test('what an address does not name, or names wrongly, is the first of them', () => {
    expect(sectionOf(null)).toBe('services');
    expect(sectionOf('constructor')).toBe('services');
  });

  test('the history of an entity is found by its service and stream', () => {
    const { searchParams } = new URL(historyAddress('flights', 'flight-a&b'), 'http://localhost');
    expect(Object.fromEntries(searchParams)).toEqual({
      ...{ section: 'history', service: 'flights', stream: 'flight-a&b' },
    });
  });
});
