import { describe, expect, test } from 'vitest';
import { about, comparisonText, differenceText, progressText } from './rebuild-words.ts';

describe('how far a rebuild is, in words', () => {
  const progress = { eventsDone: '120', eventsTotal: '900', eventsPerSecond: 60.4 };

  test('says how much, how fast, and how long still', () => {
    expect(progressText({ ...progress, leftMs: 12_900 })).toBe(
      '120 of 900 events, 60 a second, about 13 seconds left',
    );
  });

  test('tells no time where there is no rate, and none is left at the end', () => {
    expect(progressText(progress)).toBe('120 of 900 events, 60 a second');
    expect(progressText({ ...progress, eventsDone: '900', leftMs: 0 })).toBe(
      '900 of 900 events, caught up',
    );
  });

  test('rounds a span of time as people do', () => {
    expect([1, 59_000, 61_000, 3_599_000, 7_000_000].map(about)).toEqual([
      ...['about 1 second', 'about 59 seconds', 'about 1 minute', 'about 60 minutes'],
      'about 2 hours',
    ]);
  });

  test('says what a comparison found, and in what the first row differs', () => {
    const found = { isDone: true, rowsCompared: 4 };
    expect(comparisonText({ ...found, rowsDiffering: 0 })).toMatch(
      /4 rows: the new build is the same/,
    );
    expect(comparisonText({ ...found, rowsDiffering: 1 })).toMatch(/4 rows: 1 differs/);
    expect(differenceText({ key: 'a', kind: 'changed', field: 'total' })).toMatch(/“total”/);
    expect(differenceText({ key: 'a', kind: 'missing' })).toMatch(/missing in the new build/);
  });
});
