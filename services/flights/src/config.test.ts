import { expect, test } from 'vitest';
import { readFlightsConfig } from './config.ts';

test('without settings the service has its defaults', () => {
  expect(readFlightsConfig({})).toMatchObject({ retries: 5, backoffMs: 100 });
});

test('a setting is taken as given', () => {
  expect(readFlightsConfig({ FLIGHTS_RETRIES: '0' }).retries).toBe(0);
});

test.each(['', '-1', 'many', '1.5'])('the setting "%s" is refused by name', (text) => {
  expect(() => readFlightsConfig({ FLIGHTS_BACKOFF_MS: text })).toThrow(/FLIGHTS_BACKOFF_MS/);
});
