import { Fault } from '@tidemark/core';

/** What the flights service can be told. */
export interface FlightsConfig {
  /** How often a read model tries an event again before it stops, 0 or more. */
  readonly retries: number;
  /** The first wait between tries, in milliseconds; it doubles. */
  readonly backoffMs: number;
}

/**
 * Reads `FLIGHTS_RETRIES` (5) and `FLIGHTS_BACKOFF_MS` (100).
 *
 * @throws CONFIGURATION_INVALID naming the setting.
 * @example
 * const config = readFlightsConfig(process.env);
 */
export function readFlightsConfig(
  env: Readonly<Record<string, string | undefined>>,
): FlightsConfig {
  return {
    retries: readNumber(env, 'FLIGHTS_RETRIES', 5),
    backoffMs: readNumber(env, 'FLIGHTS_BACKOFF_MS', 100),
  };
}

function readNumber(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  otherwise: number,
): number {
  const text = env[name];
  if (text === undefined) return otherwise;
  if (/^[0-9]{1,7}$/.test(text)) return Number(text);
  throw new Fault('CONFIGURATION_INVALID', `${name} is a whole number, found "${text}"`);
}
