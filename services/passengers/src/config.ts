import { Fault } from '@tidemark/core';

/** What the passengers service can be told. */
export interface PassengersConfig {
  /** How long a request to check in waits for the outcome before it answers 202, in milliseconds. */
  readonly settleWithinMs: number;
  /** How long the flights service may take to answer a call, in milliseconds. */
  readonly answerWithinMs: number;
  /** How often a read model, process or message is tried again before it stops, 0 or more. */
  readonly retries: number;
  /** The first wait between tries, in milliseconds; it doubles. */
  readonly backoffMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `PASSENGERS_SETTLE_WITHIN_MS` (5000), `PASSENGERS_ANSWER_WITHIN_MS` (4000), `PASSENGERS_RETRIES`
 * (10) and `PASSENGERS_BACKOFF_MS` (100).
 *
 * @throws CONFIGURATION_INVALID naming the setting.
 * @example
 * const config = readPassengersConfig(process.env);
 */
export function readPassengersConfig(env: Environment): PassengersConfig {
  return {
    settleWithinMs: readNumber(env, 'PASSENGERS_SETTLE_WITHIN_MS', 5_000),
    answerWithinMs: readNumber(env, 'PASSENGERS_ANSWER_WITHIN_MS', 4_000),
    retries: readNumber(env, 'PASSENGERS_RETRIES', 10),
    backoffMs: readNumber(env, 'PASSENGERS_BACKOFF_MS', 100),
  };
}

function readNumber(env: Environment, name: string, otherwise: number): number {
  const text = env[name];
  if (text === undefined) return otherwise;
  if (/^[0-9]{1,7}$/.test(text)) return Number(text);
  throw new Fault('CONFIGURATION_INVALID', `${name} is a whole number, found "${text}"`);
}
