import { expect, test } from 'vitest';
import { readPassengersConfig } from './config.ts';

test('without settings the service has its defaults', () => {
  expect(readPassengersConfig({})).toMatchObject({ retries: 10, backoffMs: 100 });
});

test('a setting is taken as given', () => {
  expect(readPassengersConfig({ PASSENGERS_RETRIES: '0' }).retries).toBe(0);
});

test.each(['', '-1', 'many', '1.5'])('the setting "%s" is refused by name', (text) => {
  expect(() => readPassengersConfig({ PASSENGERS_BACKOFF_MS: text })).toThrow(
    /PASSENGERS_BACKOFF_MS/,
  );
});
